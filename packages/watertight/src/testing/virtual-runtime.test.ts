import { describe, expect, it } from 'vitest'
import { timerContract } from './timer-contract.ts'
import { VirtualRuntime } from './virtual-runtime.ts'

timerContract(
  'VirtualRuntime',
  () => {
    const runtime = new VirtualRuntime()
    return {
      runtime,
      advance: (ms) => runtime.advance(ms),
      pending: () => runtime.pendingTimers,
      reported: () => runtime.reported,
    }
  },
  { describe, it },
)

const manyAwaits = async (): Promise<void> => {
  for (let i = 0; i < 200; i++) await Promise.resolve()
}

const sample = (seed: string | number): unknown[] => {
  const runtime = new VirtualRuntime({ seed })
  return [
    runtime.id(),
    runtime.id(),
    runtime.random('jitter'),
    runtime.random('jitter'),
    runtime.random('jitter', 3, 1),
  ]
}

describe('VirtualRuntime', () => {
  it('lets promises settle, many awaits deep, before the next timer fires', async () => {
    const runtime = new VirtualRuntime()
    const log: string[] = []
    runtime.timer(
      10,
      () => {
        log.push('timer 10')
        void manyAwaits().then(() => log.push(`continuation at ${runtime.now()}`))
      },
      true,
    )
    runtime.timer(10, () => log.push('timer 10 again'), true)
    await runtime.advance(10)
    expect(log).toEqual(['timer 10', 'continuation at 10', 'timer 10 again'])
  })

  it('lets a continuation cancel a timer of the same tick', async () => {
    const runtime = new VirtualRuntime()
    const log: string[] = []
    runtime.timer(10, () => void manyAwaits().then(() => second.cancel()), true)
    const second = runtime.timer(10, () => log.push('not cancelled'), true)
    await runtime.advance(20)
    expect(log).toEqual([])
  })

  it('counts a timer that a continuation arms as armed at the time of the continuation', async () => {
    const runtime = new VirtualRuntime()
    let firedAt = -1
    void manyAwaits().then(() => runtime.timer(5, () => (firedAt = runtime.now()), true))
    await runtime.advance(5)
    expect(firedAt).toBe(5)
  })

  it('fires turns in their order, before timers and without time passing', async () => {
    const runtime = new VirtualRuntime()
    const log: string[] = []
    runtime.timer(1, () => log.push('timer'), true)
    runtime.turn(() => {
      log.push(`turn at ${runtime.now()}`)
      void manyAwaits().then(() => runtime.turn(() => log.push(`turn of a continuation at ${runtime.now()}`)))
    })
    runtime.turn(() => log.push('second turn'))
    await runtime.advance(1)
    expect(log).toEqual(['turn at 0', 'second turn', 'turn of a continuation at 0', 'timer'])
  })

  it('fires turns by itself, so that awaiting what a turn does needs no advance', async () => {
    const runtime = new VirtualRuntime()
    await expect(new Promise((resolve) => runtime.turn(() => resolve('turned')))).resolves.toBe('turned')
  })

  it('advances until a promise settles, and no further', async () => {
    const runtime = new VirtualRuntime()
    runtime.timer(10_000, () => {}, false)
    const answer = new Promise((resolve) => runtime.timer(250, () => resolve(runtime.now()), true))
    await expect(runtime.run(answer)).resolves.toBe(250)
    expect(runtime.now()).toBe(250)
    expect(runtime.pendingTimers).toBe(1)
  })

  it('hands on the rejection of the promise it ran', async () => {
    const runtime = new VirtualRuntime()
    const failure = new Error('declined')
    const answer = new Promise((_, reject) => runtime.timer(5, () => reject(failure), true))
    await expect(runtime.run(answer)).rejects.toBe(failure)
  })

  it('says so when nothing is left that could settle the promise', async () => {
    const runtime = new VirtualRuntime()
    const never = new Promise(() => {})
    await expect(runtime.run(never)).rejects.toMatchObject({ code: 'STUCK', message: /no timer is left/ })
  })

  it('gives up on a promise that only housekeeping is left to wait for', async () => {
    const runtime = new VirtualRuntime()
    const again = (): void => void runtime.timer(1_000, again, false)
    again()
    const never = new Promise(() => {})
    await expect(runtime.run(never, '10s')).rejects.toMatchObject({ code: 'STUCK', message: /within 10s/ })
  })

  it('refuses to advance while it is advancing', async () => {
    const runtime = new VirtualRuntime()
    const first = runtime.advance(10)
    await expect(runtime.advance(10)).rejects.toMatchObject({ code: 'ALREADY_ADVANCING' })
    await first
    expect(runtime.now()).toBe(10)
  })

  it('refuses to go back', async () => {
    const runtime = new VirtualRuntime()
    await runtime.advance('1s')
    await expect(runtime.advanceTo(999)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('moves the wall clock with time, and lets it be stepped back without moving time', async () => {
    const runtime = new VirtualRuntime({ startWallTime: 1_000_000 })
    await runtime.advance(500)
    expect(runtime.wallTime()).toBe(1_000_500)
    runtime.stepWallTime(-400_000)
    expect(runtime.wallTime()).toBe(600_500)
    expect(runtime.now()).toBe(500)
  })

  it('starts on Valentine’s Day unless told otherwise', () => {
    expect(new Date(new VirtualRuntime().wallTime()).toISOString()).toBe('2024-02-14T00:00:00.000Z')
  })

  it('makes the same ids and random numbers from the same seed, and others from another', () => {
    expect(sample(7)).toEqual(sample(7))
    const other = sample('7')
    for (const value of sample(7)) expect(other).not.toContain(value)
  })

  it('makes ids that rise while the wall clock steps back', () => {
    const runtime = new VirtualRuntime()
    const before = runtime.id()
    runtime.stepWallTime(-3_600_000)
    expect(runtime.id() > before).toBe(true)
  })

  it('tells how many timers would keep a process alive', () => {
    const runtime = new VirtualRuntime()
    const held = runtime.timer(5, () => {}, true)
    runtime.timer(5, () => {}, false)
    expect([runtime.pendingTimers, runtime.heldTimers]).toEqual([2, 1])
    held.cancel()
    expect([runtime.pendingTimers, runtime.heldTimers]).toEqual([1, 0])
  })

  it('reports what a turn throws', async () => {
    const runtime = new VirtualRuntime()
    const failure = new Error('a broken turn')
    runtime.turn(() => {
      throw failure
    })
    await runtime.advance(0)
    expect(runtime.reported).toEqual([failure])
  })
})
