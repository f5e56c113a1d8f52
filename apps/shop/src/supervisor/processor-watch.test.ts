import { describe, expect, it } from 'vitest'
import { type ProcessorReading, ProcessorWatch } from './processor-watch.ts'

const reading = (busyMs: number, totalMs: number, own: readonly (readonly [number, number])[]): ProcessorReading => ({
  busyMs,
  totalMs,
  ownMs: new Map(own),
})

/** Reads one after the other, the last one for ever. */
function readings(...all: readonly (ProcessorReading | undefined)[]): () => ProcessorReading | undefined {
  let at = 0
  return () => all[Math.min(at++, all.length - 1)]
}

describe('ProcessorWatch', () => {
  it('tells what share of the machine others used', () => {
    const watch = new ProcessorWatch(readings(reading(1_000, 10_000, [[1, 500]]), reading(6_000, 20_000, [[1, 2_500]])))
    expect(watch.othersShare()).toBeCloseTo(0.3)
  })

  it('counts what a process had used that was killed in between, and one that started in between whole', () => {
    const watch = new ProcessorWatch(
      readings(
        reading(0, 0, [[1, 0]]),
        reading(4_000, 5_000, [
          [1, 1_000],
          [2, 3_000],
        ]),
        reading(5_000, 10_000, [[1, 2_000]]),
      ),
    )
    watch.look()
    expect(watch.othersShare()).toBe(0)
  })

  it('says nothing where the system does not', () => {
    expect(new ProcessorWatch(() => undefined).othersShare()).toBeNull()
  })

  it('never says less than nothing, where the ticks of a process are coarser than those of the machine', () => {
    const watch = new ProcessorWatch(readings(reading(0, 0, [[1, 0]]), reading(99, 1_000, [[1, 110]])))
    expect(watch.othersShare()).toBe(0)
  })

  it('reads the machine it is on: a share, or nothing', () => {
    const watch = new ProcessorWatch()
    const until = performance.now() + 50
    while (performance.now() < until);
    const share = watch.othersShare() ?? 0
    expect(share).toBeGreaterThanOrEqual(0)
    expect(share).toBeLessThanOrEqual(1)
  })
})
