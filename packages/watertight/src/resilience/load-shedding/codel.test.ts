import { describe, expect, it } from 'vitest'
import { Codel } from './codel.ts'

const settings = { targetMs: 5, intervalMs: 100 }

/** Asks once a millisecond whether a call that waited so long is to be dropped. The instants at which it was. */
function drops(codel: Codel, from: number, until: number, waitedMs: number): number[] {
  const dropped: number[] = []
  for (let now = from; now < until; now++) while (codel.drops(waitedMs, now)) dropped.push(now)
  return dropped
}

describe('CoDel', () => {
  it('lets a burst pass: waits above target for less than an interval are no overload', () => {
    const codel = new Codel(settings)
    expect(drops(codel, 0, 99, 50)).toEqual([])
    expect(codel.drops(4, 99)).toBe(false)
    expect(drops(codel, 100, 199, 50)).toEqual([])
    expect(codel.dropping).toBe(false)
  })

  it('goes by the least wait: a single one below target begins the interval anew', () => {
    const codel = new Codel(settings)
    for (let now = 0; now < 1_000; now++) expect(codel.drops(now % 90 === 0 ? 1 : 500, now)).toBe(false)
  })

  it('drops after an interval, and then after interval / sqrt(n), as RFC 8289 has it', () => {
    const gaps = [2, 3, 4, 5, 6, 7, 8].map((n) => 100 / Math.sqrt(n - 1))
    const due = gaps.reduce<number[]>((times, gap) => [...times, (times.at(-1) as number) + gap], [100])
    expect(drops(new Codel(settings), 0, 520, 50)).toEqual(due.filter((at) => at < 519).map((at) => Math.ceil(at)))
  })

  it('stops as soon as a wait is below target', () => {
    const codel = new Codel(settings)
    drops(codel, 0, 300, 50)
    expect(codel.dropping).toBe(true)
    expect(codel.drops(4, 300)).toBe(false)
    expect(codel.dropping).toBe(false)
    expect(drops(codel, 301, 400, 50)).toEqual([])
  })

  it('goes on where it was when it has to drop again soon, and from the beginning when not', () => {
    const soon = new Codel(settings)
    drops(soon, 0, 600, 50)
    soon.drops(1, 600)
    const again = drops(soon, 601, 900, 50)
    const later = new Codel(settings)
    drops(later, 0, 600, 50)
    later.drops(1, 600)
    const fresh = drops(later, 10_000, 10_299, 50)
    expect(again.length).toBeGreaterThan(fresh.length)
    expect(fresh).toEqual([10_100, 10_200, 10_271])
  })

  it('forgets when the queue is empty', () => {
    const codel = new Codel(settings)
    drops(codel, 0, 300, 50)
    codel.empty()
    expect(codel.dropping).toBe(false)
    expect(drops(codel, 300, 400, 50)).toEqual([])
  })
})
