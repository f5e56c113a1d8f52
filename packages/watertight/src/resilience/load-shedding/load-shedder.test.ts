import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import type { RunOptions } from '../call.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import type { Outcome } from '../outcome.ts'
import { pipeline } from '../pipeline.ts'
import { loadShedder, type LoadShedderState } from './load-shedder.ts'
import type { LoadShedderOptions } from './load-shedder-options.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const live = (options: LoadShedderOptions) => pipeline('p', loadShedder(options)).on(runtime)

function state(one: LivePipeline): LoadShedderState {
  return one.state().policies['loadShedder'] as LoadShedderState
}

/** A call that ends when told to. */
class Pending {
  started = false
  ended: Outcome<void> | undefined
  readonly end: () => void

  constructor(one: LivePipeline, options?: RunOptions) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.end = resolve
    const outcome = one.outcome(() => {
      this.started = true
      return promise
    }, options)
    void outcome.then((ended) => (this.ended = ended))
  }
}

const overloaded = (reason: string) => ({
  kind: 'refused',
  code: 'OVERLOADED',
  detail: expect.stringContaining(reason),
})

/** Calls that arrive evenly, each taking `serviceMs`. What became of each, and when. */
async function load(
  one: LivePipeline,
  count: number,
  gapMs: number,
  serviceMs: number,
  options?: (i: number) => RunOptions,
) {
  const arrived: { at: number; startedAt?: number; reason?: string }[] = []
  for (let i = 0; i < count; i++) {
    const call: (typeof arrived)[number] = { at: runtime.now() }
    arrived.push(call)
    const outcome = one.outcome(() => {
      call.startedAt = runtime.now()
      return new Promise<void>((resolve) => void runtime.timer(serviceMs, resolve, false))
    }, options?.(i))
    void outcome.then((ended) => {
      if (ended.kind === 'refused') call.reason = ended.detail?.split(';')[0] ?? ended.code
    })
    await runtime.advance(gapMs)
  }
  return arrived
}

describe('a load shedder', () => {
  it('lets so many through at once, so many wait, and refuses the rest', async () => {
    const one = live({ concurrent: 2, queue: 1 })
    const calls = Array.from({ length: 4 }, () => new Pending(one))
    await runtime.advance(0)
    expect(calls.map(({ started }) => started)).toEqual([true, true, false, false])
    expect(calls[3]?.ended).toMatchObject(overloaded('full'))
    calls[0]?.end()
    await runtime.advance(0)
    expect(calls[2]?.started).toBe(true)
    one.check()
  })

  it('takes up a burst without refusing anyone', async () => {
    const one = live({ concurrent: 10, queue: 200 })
    const calls = await load(one, 100, 0, 9)
    await runtime.advance('1s')
    expect(calls.every(({ startedAt }) => startedAt !== undefined)).toBe(true)
  })

  it('sheds by queue delay when the queue stands, and keeps the wait of who is served short', async () => {
    const one = live({ concurrent: 1, queue: 10_000, order: 'fifo' })
    const pressure: boolean[] = []
    one.events.on('shedder.pressure', ({ on }) => pressure.push(on))
    const calls = await load(one, 1_000, 5, 10)
    const late = calls.slice(200)
    const waits = late.flatMap(({ at, startedAt }) => (startedAt === undefined ? [] : [startedAt - at]))
    expect(Math.max(...waits)).toBeLessThanOrEqual(110)
    expect(waits.length / late.length).toBeCloseTo(0.5, 1)
    expect(late.some(({ reason }) => reason === 'delay')).toBe(true)
    await runtime.advance('1s')
    expect(pressure[0]).toBe(true)
    expect(pressure.at(-1)).toBe(false)
    expect(state(one)).toMatchObject({ active: 0, waiting: 0, shedding: false })
    one.check()
  })

  it('serves who came last first under pressure: adaptive LIFO answers callers that are still there', async () => {
    const waits: Record<string, number> = {}
    for (const order of ['adaptive', 'fifo'] as const) {
      const one = live({ concurrent: 1, queue: 10_000, order })
      const calls = await load(one, 1_000, 5, 10)
      const served = calls.slice(300).flatMap(({ at, startedAt }) => (startedAt === undefined ? [] : [startedAt - at]))
      waits[order] = served.toSorted((a, b) => a - b)[Math.floor(served.length / 2)] ?? Infinity
      await runtime.advance('10s')
    }
    expect(waits['adaptive']).toBeLessThan(20)
    expect(waits['fifo']).toBeGreaterThan(50)
  })

  it('is first come, first served when there is no pressure', async () => {
    const one = live({ concurrent: 1 })
    const calls = Array.from({ length: 4 }, () => new Pending(one))
    for (const [at, call] of calls.entries()) {
      expect(calls.map(({ started }) => started)).toEqual(calls.map((_, other) => other <= at))
      call.end()
      await runtime.advance(0)
    }
  })

  it('sheds low priorities first, by queue delay and when it is full', async () => {
    for (const queue of [20, 10_000]) {
      const one = live({ concurrent: 1, queue })
      const priorities = ['low', 'high'] as const
      const calls = await load(one, 1_000, 7, 10, (i) => ({ priority: priorities[i % 2] }))
      const served = (parity: number) =>
        calls.slice(200).filter(({ startedAt }, i) => startedAt !== undefined && i % 2 === parity).length
      expect(served(1)).toBe(400)
      expect(served(0)).toBeLessThan(200)
      await runtime.advance('10s')
    }
  })

  it('discards who waits at a lower priority for a call of a higher one when the queue is full', async () => {
    const one = live({ concurrent: 1, queue: 2 })
    const first = new Pending(one)
    const [low, normal] = [new Pending(one, { priority: 'low' }), new Pending(one)]
    const high = new Pending(one, { priority: 'high' })
    await runtime.advance(0)
    expect(low.ended).toMatchObject(overloaded('discarded'))
    expect(first.started).toBe(true)
    expect([normal.ended, high.ended]).toEqual([undefined, undefined])
    const another = new Pending(one)
    await runtime.advance(0)
    expect(another.ended).toMatchObject(overloaded('full'))
  })

  it('does not begin calls at hand-over whose deadline has passed', async () => {
    const one = live({ concurrent: 1 })
    const first = new Pending(one)
    runtime.timer(50, first.end, false)
    const late = new Pending(one, { deadline: 50 })
    await runtime.advance(50)
    expect(late.started).toBe(false)
    expect(late.ended).toMatchObject({ kind: 'refused', code: 'DEADLINE_EXCEEDED' })
    expect(state(one)).toMatchObject({ active: 0, waiting: 0 })
  })

  it('refuses nobody who was let into the queue for another reason than delay, room for another, or a deadline', async () => {
    const one = live({ concurrent: 2, queue: 30, fairness: true })
    const calls = await load(one, 2_000, 3, 10, (i) => ({
      key: `user-${i % 50}`,
      priority: i % 3 === 0 ? 'low' : 'normal',
    }))
    const reasons = new Set(calls.map(({ reason }) => reason))
    for (const reason of reasons) expect([undefined, 'full', 'discarded', 'delay', 'level']).toContain(reason)
    await runtime.advance('1s')
    one.check()
  })

  it('notices an abort while queued at once', async () => {
    const one = live({ concurrent: 1 })
    const first = new Pending(one)
    const controller = new AbortController()
    const waiting = new Pending(one, { signal: controller.signal })
    controller.abort()
    expect(one.state().queued).toBe(0)
    await runtime.advance(0)
    expect(waiting.ended).toMatchObject({ kind: 'cancelled' })
    expect([first.started, waiting.started]).toEqual([true, false])
  })

  it('is fair by user: some are served wholly, others not at all, instead of everyone a little', async () => {
    const one = live({ concurrent: 2, queue: 40, fairness: { window: '100ms', rotate: '1d' } })
    const users = 40
    const calls = await load(one, 8_000, 2, 10, (i) => ({ key: `user-${i % users}` }))
    expect(state(one).served).toBeLessThan(0.8)
    const share = Array.from({ length: users }, (_, user) => {
      const own = calls.slice(6_000).filter((_call, i) => i % users === user)
      return own.filter(({ startedAt }) => startedAt !== undefined).length / own.length
    })
    expect(share.filter((one_) => one_ > 0.7).length).toBeGreaterThan(5)
    expect(share.filter((one_) => one_ < 0.3).length).toBeGreaterThan(5)
    await runtime.advance('1s')
    await load(one, 600, 50, 10, (i) => ({ key: `user-${i % users}` }))
    expect(state(one).served).toBe(1)
  })

  it('is not confused by a listener that changes it in the midst of a hand-over', async () => {
    const one = live({ concurrent: 1, queue: 100, target: 5, interval: 10 })
    let changes = 0
    one.events.onAny((type) => {
      if (type.startsWith('shedder.')) one.update('loadShedder', { concurrent: 1 + (changes++ % 3) })
    })
    await load(one, 300, 2, 10)
    await runtime.advance('1s')
    one.check()
    expect(changes).toBeGreaterThan(10)
    expect(state(one)).toMatchObject({ active: 0, waiting: 0 })
  })

  it('can be changed while it works', async () => {
    const one = live({ concurrent: 1 })
    const calls = [new Pending(one), new Pending(one)]
    one.update('loadShedder', { concurrent: 2 })
    await runtime.advance(0)
    expect(calls[1]?.started).toBe(true)
    one.update('loadShedder', { queue: 0, concurrent: 1 })
    expect(await one.outcome(() => 1)).toMatchObject(overloaded('full'))
    one.update('loadShedder', { fairness: true })
    expect(state(one).served).toBe(1)
  })

  it('gives every permit back, and answers everyone, under any load', async () => {
    const arrival = fc.record({
      after: fc.integer({ min: 0, max: 30 }),
      ms: fc.integer({ min: 0, max: 200 }),
      priority: fc.constantFrom('low' as const, 'normal' as const, 'high' as const),
      abortAfter: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
      deadlineAfter: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
    })
    const shedder = fc.record({
      concurrent: fc.integer({ min: 1, max: 3 }),
      queue: fc.integer({ min: 0, max: 10 }),
      order: fc.constantFrom('adaptive' as const, 'fifo' as const),
      fairness: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(shedder, fc.array(arrival, { maxLength: 40 }), async (options, arrivals) => {
        runtime = new VirtualRuntime()
        const one = live({ ...options, target: 5, interval: 20 })
        let answered = 0
        for (const { after, ms, priority, abortAfter, deadlineAfter } of arrivals) {
          await runtime.advance(after)
          const controller = new AbortController()
          if (abortAfter !== undefined) runtime.timer(abortAfter, () => controller.abort(), false)
          const deadline = deadlineAfter === undefined ? undefined : runtime.now() + deadlineAfter
          void one
            .outcome(() => new Promise<void>((resolve) => void runtime.timer(ms, resolve, false)), {
              priority,
              deadline,
              signal: controller.signal,
            })
            .then(() => answered++)
          one.check()
        }
        await runtime.advance('1m')
        one.check()
        expect(answered).toBe(arrivals.length)
        expect(state(one)).toMatchObject({ active: 0, waiting: 0 })
        expect(runtime.heldTimers).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  it('refuses options that make no sense', () => {
    expect(() => loadShedder({ concurrent: 0 })).toThrow(/concurrent must be a positive whole number/)
    expect(() => loadShedder({ concurrent: 1, target: 0 })).toThrow(/target must be a duration above 0/)
    expect(() => loadShedder({ concurrent: 1, order: 'lifo' as 'fifo' })).toThrow(
      /order must be one of 'adaptive', 'fifo'/,
    )
    expect(() => loadShedder({ concurrent: 1, fairness: { decrease: 1 } })).toThrow(/fairness.decrease/)
  })
})
