import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import type { RunOptions } from '../call.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { pipeline } from '../pipeline.ts'
import { timeout } from '../timeout/timeout.ts'
import { bulkhead, type BulkheadOptions } from './bulkhead.ts'
import { type Waiting, WaitQueue } from './wait-queue.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const live = (options: BulkheadOptions) => pipeline('p', bulkhead(options)).on(runtime)

/** A call that ends when told to. */
class Pending {
  started = false
  readonly end: () => void
  readonly outcome: Promise<unknown>

  constructor(one: LivePipeline, options?: RunOptions) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.end = resolve
    this.outcome = one.outcome(() => {
      this.started = true
      return promise
    }, options)
  }
}

const pending = (one: LivePipeline, options?: RunOptions): Pending => new Pending(one, options)

const full = { kind: 'refused', by: 'bulkhead', code: 'BULKHEAD_FULL' }

describe('a bulkhead', () => {
  it('lets so many through at once, so many wait, and refuses the rest', async () => {
    const one = live({ concurrent: 2, queue: 1 })
    const calls = Array.from({ length: 4 }, () => pending(one))
    expect(calls.map(({ started }) => started)).toEqual([true, true, false, false])
    expect(await calls[3]?.outcome).toMatchObject(full)
    expect(one.state()).toMatchObject({ queued: 1, policies: { bulkhead: { active: 2, refused: 1 } } })
    calls[0]?.end()
    await runtime.advance(0)
    expect(calls[2]?.started).toBe(true)
    one.check()
  })

  it('hands a freed permit straight to who waits longest: nobody overtakes', async () => {
    const one = live({ concurrent: 1, queue: 2 })
    const [first, second] = [pending(one), pending(one)]
    first.end()
    await first.outcome
    const late = pending(one)
    expect(late.started).toBe(false)
    await runtime.advance(0)
    expect([second.started, late.started]).toEqual([true, false])
  })

  it('prefers higher priorities among those who wait', async () => {
    const one = live({ concurrent: 1, queue: 9 })
    const first = pending(one)
    const order: string[] = []
    for (const priority of ['low', 'normal', 'high', 'high'] as const)
      void one.run(() => order.push(priority), { priority })
    first.end()
    await runtime.advance(0)
    expect(order).toEqual(['high', 'high', 'normal', 'low'])
  })

  it('notices an abort while queued at once, not on dequeue', async () => {
    const one = live({ concurrent: 1, queue: 1 })
    pending(one)
    const controller = new AbortController()
    const waiting = pending(one, { signal: controller.signal })
    controller.abort()
    expect(one.state().queued).toBe(0)
    expect(await waiting.outcome).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    expect(waiting.started).toBe(false)
  })

  it('takes back a permit that was handed over in the very moment of an abort', async () => {
    const one = live({ concurrent: 1, queue: 1 })
    const first = pending(one)
    const controller = new AbortController()
    const waiting = pending(one, { signal: controller.signal })
    one.events.on('call.succeeded', () => controller.abort())
    first.end()
    expect(await waiting.outcome).toMatchObject({ kind: 'cancelled' })
    await runtime.advance(0)
    expect(waiting.started).toBe(false)
    expect(one.state()).toMatchObject({ policies: { bulkhead: { active: 0 } } })
    one.check()
  })

  it('refuses who waited too long, but never at hand-over', async () => {
    const one = live({ concurrent: 1, queue: 5, maxWait: '100ms' })
    const first = pending(one)
    const waiting = pending(one)
    await runtime.advance(100)
    expect(await waiting.outcome).toMatchObject(full)
    const accepted = pending(one)
    await runtime.advance(99)
    first.end()
    await runtime.advance(50)
    expect(accepted.started).toBe(true)
    accepted.end()
    await accepted.outcome
    await runtime.advance(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('does not exceed its capacity after time limits: abandoned work keeps its permit until it stops', async () => {
    for (const chain of [
      [bulkhead({ concurrent: 1 }), timeout('1s')],
      [timeout('1s'), bulkhead({ concurrent: 1 })],
    ]) {
      const one = pipeline('p', ...chain).on(runtime)
      const deaf = pending(one)
      await runtime.advance('1s')
      expect(await deaf.outcome).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT' } })
      expect(await one.outcome(() => 1)).toMatchObject(full)
      deaf.end()
      await runtime.advance(0)
      expect(await one.outcome(() => 1)).toMatchObject({ kind: 'success' })
      one.check()
    }
  })

  it('waits for abandoned work no longer than the hold that its time limit allows', async () => {
    const one = pipeline('p', bulkhead({ concurrent: 1 }), timeout({ after: '1s', abandonedHold: '5s' })).on(runtime)
    pending(one)
    await runtime.advance('5999ms')
    expect(await one.outcome(() => 1)).toMatchObject(full)
    await runtime.advance('1ms')
    expect(await one.outcome(() => 1)).toMatchObject({ kind: 'success' })
  })

  it('keeps a permit for work that is held after its result, such as a streamed body', async () => {
    const one = live({ concurrent: 1 })
    let release = (): void => {}
    await one.run((scope) => {
      release = scope.hold()
    })
    expect(await one.outcome(() => 1)).toMatchObject(full)
    release()
    release()
    expect(await one.outcome(() => 1)).toMatchObject({ kind: 'success' })
    one.check()
  })

  it('can be widened and narrowed while it works', async () => {
    const one = live({ concurrent: 1, queue: 5 })
    const calls = [pending(one), pending(one), pending(one)]
    one.update('bulkhead', { concurrent: 3 })
    await runtime.advance(0)
    expect(calls.every(({ started }) => started)).toBe(true)
    one.update('bulkhead', { concurrent: 1 })
    const waiting = pending(one)
    calls[0]?.end()
    calls[1]?.end()
    await runtime.advance(0)
    expect(waiting.started).toBe(false)
    calls[2]?.end()
    await runtime.advance(0)
    expect(waiting.started).toBe(true)
    one.check()
  })

  it('refuses options that make no sense', () => {
    expect(() => bulkhead({ concurrent: 0 })).toThrow(/concurrent must be a positive whole number/)
    expect(() => bulkhead({ concurrent: 1, queue: -1 })).toThrow(/queue must be a whole number of at least 0/)
    expect(() => bulkhead({ concurrent: 1, maxWait: 'soon' as '1s' })).toThrow(/maxWait/)
  })
})

describe('a wait queue', () => {
  it('agrees with a sorted list', () => {
    const step = fc.oneof(
      fc.record({ act: fc.constant('join' as const), priority: fc.integer({ min: 0, max: 2 }) }),
      fc.record({ act: fc.constant('leave' as const), which: fc.nat(50) }),
      fc.record({ act: fc.constant('next' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const queue = new WaitQueue<Waiting>()
        let model: Waiting[] = []
        for (const one of steps) {
          if (one.act === 'join') {
            const entry: Waiting = { priority: one.priority, before: undefined, after: undefined, queued: false }
            queue.join(entry)
            model.push(entry)
          } else if (one.act === 'leave') {
            const entry = model[one.which]
            if (entry !== undefined) expect(queue.leave(entry)).toBe(true)
            model = model.filter((other) => other !== entry)
          } else {
            const expected = model.toSorted((a, b) => b.priority - a.priority)[0]
            expect(queue.peek()).toBe(expected)
            expect(queue.newest()).toBe(model.toSorted((a, b) => a.priority - b.priority).at(-1))
            expect(queue.least()).toBe(model.toSorted((a, b) => a.priority - b.priority)[0])
            expect(queue.next()).toBe(expected)
            model = model.filter((other) => other !== expected)
          }
          expect(queue.length).toBe(model.length)
        }
      }),
    )
  })
})
