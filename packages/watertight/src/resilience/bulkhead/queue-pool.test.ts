import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import type { RunOptions } from '../call.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { pipeline } from '../pipeline.ts'
import { timeout } from '../timeout/timeout.ts'
import { queuePool } from './queue-pool.ts'
import type { QueuePoolOptions } from './queue-pool-options.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const live = (options: QueuePoolOptions) => pipeline('p', queuePool(options)).on(runtime)

/** A call that ends when told to. */
class Pending {
  started = false
  readonly end: () => void
  readonly fail: () => void
  readonly outcome: Promise<unknown>

  constructor(one: LivePipeline, options?: RunOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.end = resolve
    this.fail = () => reject(new Error('failed'))
    this.outcome = one.outcome(() => {
      this.started = true
      return promise
    }, options)
  }
}

const pending = (one: LivePipeline, options?: RunOptions) => new Pending(one, options)
const many = (one: LivePipeline, n: number) => Array.from({ length: n }, () => pending(one))
const started = (calls: readonly Pending[]) => calls.map((call) => call.started)
const stateOf = (one: LivePipeline) => one.state().policies['queuePool']

const full = { kind: 'refused', by: 'queuePool', code: 'BULKHEAD_FULL' }
const discarded = { kind: 'refused', by: 'queuePool', code: 'DISCARDED' }

describe('a queue pool', () => {
  it('fills the core first, then the queue, then the pool up to max, and then refuses', async () => {
    const one = live({ core: 1, max: 3, queue: 2 })
    const calls = many(one, 3)
    expect(stateOf(one)).toMatchObject({ active: 1, waiting: 2, size: 1 })
    calls.push(...many(one, 2))
    await runtime.advance(0)
    expect(stateOf(one)).toMatchObject({ active: 3, waiting: 2, size: 3 })
    calls.push(...many(one, 1))
    expect(await calls[5]?.outcome).toMatchObject(full)
    one.check()
  })

  it('keeps the order when it grows: who waits longest runs, and the newcomer waits', async () => {
    const one = live({ core: 1, max: 2, queue: 2 })
    const calls = many(one, 4)
    await runtime.advance(0)
    expect(started(calls)).toEqual([true, true, false, false])
  })

  it('needs no queue to grow', () => {
    const one = live({ core: 1, max: 3 })
    expect(started(many(one, 4))).toEqual([true, true, true, false])
  })

  it('lets go of permits above the core that were idle for long enough, and of no others', async () => {
    const one = live({ core: 1, max: 3, idle: '10s' })
    const calls = many(one, 3)
    calls[2]?.end()
    await runtime.advance('6s')
    calls[1]?.end()
    await runtime.advance('4s')
    expect(stateOf(one)).toMatchObject({ size: 2 })
    await runtime.advance('6s')
    expect(stateOf(one)).toMatchObject({ size: 1, active: 1 })
    calls[0]?.end()
    await runtime.advance('1h')
    expect(stateOf(one)).toMatchObject({ size: 1, active: 0 })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('runs newcomers at once on permits that are still there, without filling the queue before', async () => {
    const one = live({ core: 1, max: 2, queue: 1, idle: '10s' })
    const calls = many(one, 3)
    await runtime.advance(0)
    for (const call of calls.slice(0, 2)) call.end()
    await runtime.advance('1s')
    calls[2]?.end()
    await runtime.advance('1s')
    expect(started(many(one, 2))).toEqual([true, true])
  })

  it('prefers higher priorities among those who wait', async () => {
    const one = live({ core: 1, queue: 9 })
    const first = pending(one)
    const order: string[] = []
    for (const priority of ['low', 'normal', 'high', 'high'] as const)
      void one.run(() => order.push(priority), { priority })
    first.end()
    await runtime.advance(0)
    expect(order).toEqual(['high', 'high', 'normal', 'low'])
  })

  it('lets each caller run one call beside the full pool, and refuses its next', async () => {
    const one = live({ core: 1, whenFull: 'callerRuns' })
    pending(one)
    const calls = ['ann', 'bob', 'ann', undefined, undefined].map((key) => pending(one, { key }))
    expect(started(calls)).toEqual([true, true, false, true, false])
    expect(await calls[2]?.outcome).toMatchObject(full)
    expect(stateOf(one)).toMatchObject({ active: 1, overflow: 3 })
    calls[0]?.end()
    await runtime.advance(0)
    expect(pending(one, { key: 'ann' }).started).toBe(true)
    one.check()
  })

  it('does not hand the permit of a caller to those who wait for the pool', async () => {
    const one = live({ core: 1, queue: 1, whenFull: 'callerRuns' })
    const calls = many(one, 3)
    expect(started(calls)).toEqual([true, false, true])
    calls[2]?.end()
    await runtime.advance(0)
    expect(calls[1]?.started).toBe(false)
    calls[0]?.end()
    await runtime.advance(0)
    expect(calls[1]?.started).toBe(true)
  })

  it('discards what does not fit, and still answers it', async () => {
    const one = live({ core: 1, whenFull: 'discard' })
    pending(one)
    expect(await one.outcome(() => 1)).toMatchObject(discarded)
    await expect(one.run(() => 1)).rejects.toMatchObject({ code: 'DISCARDED' })
    expect(stateOf(one)).toMatchObject({ refused: 0, discarded: 2 })
  })

  it('discards who waits longest among the least important, for a newcomer', async () => {
    const one = live({ core: 1, queue: 3, whenFull: 'discardOldest' })
    const running = pending(one)
    const [high, low, low2] = (['high', 'low', 'low'] as const).map((priority) => pending(one, { priority }))
    const normal = pending(one)
    expect(await low?.outcome).toMatchObject(discarded)
    const lower = pending(one, { priority: 'low' })
    expect(await low2?.outcome).toMatchObject(discarded)
    running.end()
    for (const call of [high, normal]) {
      await runtime.advance(0)
      expect(call?.started).toBe(true)
      call?.end()
    }
    await runtime.advance(0)
    expect(lower.started).toBe(true)
    one.check()
  })

  it('discards the newcomer itself when all that wait are more urgent', async () => {
    const one = live({ core: 1, queue: 1, whenFull: 'discardOldest' })
    pending(one)
    pending(one, { priority: 'high' })
    expect(await one.outcome(() => 1)).toMatchObject(discarded)
  })

  it('does not look for the oldest for ever where no queue is', async () => {
    const one = live({ core: 1, whenFull: 'discardOldest' })
    pending(one)
    expect(await one.outcome(() => 1)).toMatchObject(discarded)
  })

  it('notices an abort while queued at once, and refuses who waited too long', async () => {
    const one = live({ core: 1, queue: 5, maxWait: '100ms' })
    pending(one)
    const controller = new AbortController()
    const aborted = pending(one, { signal: controller.signal })
    const late = pending(one)
    controller.abort()
    expect(await aborted.outcome).toMatchObject({ kind: 'cancelled' })
    expect(one.state().queued).toBe(1)
    await runtime.advance(100)
    expect(await late.outcome).toMatchObject(full)
    expect(stateOf(one)).toMatchObject({ left: 1, refused: 1 })
    expect(runtime.pendingTimers).toBe(0)
    one.check()
  })

  it('does not exceed its permits after time limits: abandoned work keeps its permit until it stops', async () => {
    const one = pipeline('p', timeout('1s'), queuePool({ core: 1 })).on(runtime)
    const deaf = pending(one)
    await runtime.advance('1s')
    expect(await one.outcome(() => 1)).toMatchObject(full)
    deaf.end()
    await runtime.advance(0)
    expect(await one.outcome(() => 1)).toMatchObject({ kind: 'success' })
    one.check()
  })

  it('counts what was submitted, completed, failed, refused, and how often it was saturated', async () => {
    const one = live({ core: 1, queue: 1 })
    const told: number[] = []
    one.events.on('bulkhead.saturated', ({ saturations }) => told.push(saturations))
    const calls = many(one, 4)
    calls[0]?.fail()
    await runtime.advance(0)
    calls[1]?.end()
    await runtime.advance(0)
    many(one, 2)
    expect(stateOf(one)).toMatchObject({
      submitted: 6,
      completed: 1,
      failed: 1,
      refused: 2,
      active: 1,
      waiting: 1,
      saturations: 2,
    })
    expect(told).toEqual([1, 2])
  })

  it('can be widened and narrowed while it works', async () => {
    const one = live({ core: 4, queue: 2 })
    const calls = many(one, 6)
    one.update('queuePool', { core: 1, max: 2 })
    expect(await one.outcome(() => 1)).toMatchObject(full)
    for (const call of calls.slice(0, 3)) call.end()
    await runtime.advance(0)
    expect(stateOf(one)).toMatchObject({ active: 1, waiting: 2 })
    one.update('queuePool', { core: 3, max: 3 })
    await runtime.advance(0)
    expect(started(calls)).toEqual([true, true, true, true, true, true])
    expect(() => one.update('queuePool', { max: 1 })).toThrow(/max must be at least the 3 of core/)
    one.check()
  })

  it('keeps its laws under any calls and any changes', async () => {
    const step = fc.oneof(
      fc.record({
        act: fc.constant('call' as const),
        key: fc.constantFrom('a', 'b', undefined),
        priority: fc.constantFrom('low' as const, 'normal' as const, 'high' as const),
        abort: fc.boolean(),
      }),
      fc.record({ act: fc.constant('end' as const), which: fc.nat(40) }),
      fc.record({ act: fc.constant('abort' as const), which: fc.nat(40) }),
      fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 300 }) }),
      fc.record({
        act: fc.constant('update' as const),
        core: fc.integer({ min: 1, max: 3 }),
        extra: fc.integer({ min: 0, max: 3 }),
        queue: fc.integer({ min: 0, max: 4 }),
      }),
    )
    const whenFull = fc.constantFrom(
      'abort' as const,
      'callerRuns' as const,
      'discard' as const,
      'discardOldest' as const,
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), whenFull, async (steps, way) => {
        const time = new VirtualRuntime()
        const one = pipeline(
          'p',
          queuePool({ core: 2, max: 3, queue: 3, maxWait: '200ms', whenFull: way, idle: '100ms' }),
        ).on(time)
        const calls: { call: Pending; controller: AbortController }[] = []
        let narrowed = false
        let most = 3
        for (const now of steps) {
          if (now.act === 'call') {
            const controller = new AbortController()
            const { key, priority } = now
            calls.push({ call: pending(one, { key, priority, signal: controller.signal }), controller })
          } else if (now.act === 'end') calls[now.which]?.call.end()
          else if (now.act === 'abort') calls[now.which]?.controller.abort()
          else if (now.act === 'pass') await time.advance(now.ms)
          else {
            const { core, extra, queue } = now
            narrowed ||= core + extra < most
            most = core + extra
            one.update('queuePool', { core, max: core + extra, queue })
          }
          one.check()
          const { active } = stateOf(one) as { active: number }
          if (!narrowed) expect(active).toBeLessThanOrEqual(most)
        }
        for (let i = 0; i < calls.length; i++) {
          for (const { call } of calls) call.end()
          await time.advance(0)
        }
        one.check()
        expect(stateOf(one)).toMatchObject({ active: 0, waiting: 0, overflow: 0, submitted: calls.length })
        expect(time.heldTimers).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  it('refuses options that make no sense', () => {
    expect(() => queuePool({ core: 0 })).toThrow(/core must be a positive whole number/)
    expect(() => queuePool({ core: 4, max: 2 })).toThrow(/max must be at least the 4 of core/)
    expect(() => queuePool({ core: 1, whenFull: 'wait' as 'abort' })).toThrow(/whenFull must be one of/)
    expect(() => queuePool({ core: 1, threads: 4 } as QueuePoolOptions)).toThrow(/queuePool has no option threads/)
  })
})
