import { describe, expect, it } from 'vitest'
import { WatertightError } from '../../runtime/error.ts'
import { huntBench } from './hunt-bench.fixture.ts'
import type { ProcessContext } from './process-context.ts'

describe('a simulated process', () => {
  it('runs its program anew after each death, with nothing of what it had in memory', async () => {
    const { world, hunt } = huntBench()
    let starts = 0
    const process = hunt.process('p', () => ({ start: ++starts }))
    process.start()
    await world.runUntil(1)
    expect(process.running).toEqual({ start: 1 })
    process.crash()
    expect([process.running, process.life]).toEqual([undefined, undefined])
    process.start()
    await world.runUntil(2)
    expect(process.running).toEqual({ start: 2 })
  })

  it('is not running before its program has started', async () => {
    const { world, hunt } = huntBench()
    const process = hunt.process('p', async (context) => {
      await context.sleep(100)
      return 'up'
    })
    process.start()
    await world.runUntil(50)
    expect(process.running).toBeUndefined()
    await world.runUntil(150)
    expect(process.running).toBe('up')
  })

  it('is started again when its program fails to start', async () => {
    const { world, hunt, defects } = huntBench()
    let tries = 0
    const process = hunt.process('p', () => {
      if (++tries < 3) throw new WatertightError('STORE_UNAVAILABLE', 'not yet', { retryable: true })
      return 'up'
    })
    process.start()
    await world.runUntil(60_000)
    expect([process.running, tries, defects]).toEqual(['up', 3, []])
  })

  it('tells of an error that its program did not expect', async () => {
    const { world, hunt, defects } = huntBench()
    hunt.process('p', ({ runtime }) => runtime.report(new TypeError('bug'))).start()
    await world.runUntil(10)
    expect(defects).toEqual(['p reported TypeError: bug'])
  })

  it.each(['clockSkew', 'clockStep'])('can have a wrong wall clock (%s)', async (kind) => {
    const { world, hunt } = huntBench([`p#0:${kind}`])
    const process = hunt.process('p', (context) => context)
    process.start()
    await world.runUntil(60_000)
    expect(Math.abs((process.running?.runtime.wallTime() ?? 0) - world.wallTime())).toBeGreaterThan(1_000)
  })

  it('is up and awake when everything is healed, whatever befell it', async () => {
    const { world, hunt } = huntBench()
    const dead = hunt.process('dead', () => 'up')
    const asleep = hunt.process('asleep', (context) => context)
    for (const process of hunt.processes) process.start()
    await world.runUntil(1)
    dead.crash()
    asleep.pauseBy({ kind: 'pauseBefore', draw: () => 1 })
    for (const process of hunt.processes) process.heal()
    await world.runUntil(2)
    expect([dead.running, asleep.life?.isPaused]).toEqual(['up', false])
  })

  it('stays down when it is stopped for good', async () => {
    const { world, hunt } = huntBench()
    const process = hunt.process('p', () => 'up')
    process.start()
    process.stop()
    process.start()
    process.heal()
    await world.runUntil(10)
    expect(process.running).toBeUndefined()
  })

  it('sends nothing when it is dead', async () => {
    const { world, hunt } = huntBench()
    const got: string[] = []
    const channel = hunt.channel<string>('mail', async (text) => got.push(text) > 0)
    const process = hunt.process<ProcessContext>('p', (context) => context)
    process.start()
    await world.runUntil(1)
    const { running } = process
    running?.send(channel, 'alive')
    process.crash()
    running?.send(channel, 'dead')
    await world.runUntil(1_000)
    expect(got).toEqual(['alive'])
  })
})
