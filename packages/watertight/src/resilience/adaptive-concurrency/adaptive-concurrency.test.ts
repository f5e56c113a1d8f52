import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { pipeline } from '../pipeline.ts'
import type { Policy } from '../policy.ts'
import { timeout } from '../timeout/timeout.ts'
import { adaptiveConcurrency, type AdaptiveConcurrencyState } from './adaptive-concurrency.ts'
import type { AdaptiveConcurrencyOptions } from './adaptive-concurrency-options.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const live = (options: AdaptiveConcurrencyOptions, ...inner: readonly Policy<unknown>[]) =>
  pipeline('p', adaptiveConcurrency(options), ...inner).on(runtime)

function state(one: LivePipeline<unknown>): AdaptiveConcurrencyState {
  return one.state().policies['adaptiveConcurrency'] as AdaptiveConcurrencyState
}

const takes = (ms: number) => () => new Promise<void>((resolve) => void runtime.timer(ms, resolve, false))
const hang = () => new Promise<never>(() => {})
const busy = (): never => {
  throw Object.assign(new Error('busy'), { status: 503 })
}

describe('an adaptive concurrency limit', () => {
  it('lets as many through as its limit, lets so many wait, and refuses the rest', async () => {
    const one = live({ algorithm: 'aimd', initial: 2, queue: 1 })
    const started: number[] = []
    const outcomes = [1, 2, 3, 4].map((call) =>
      one.outcome(() => {
        started.push(call)
        return takes(100)()
      }),
    )
    expect(started).toEqual([1, 2])
    expect(await outcomes[3]).toMatchObject({ kind: 'refused', code: 'OVERLOADED', detail: '2 of 2 active, 1 waiting' })
    await expect(one.run(() => 1)).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true })
    await runtime.advance(100)
    expect(started).toEqual([1, 2, 3])
    one.check()
  })

  it('refuses who waited too long', async () => {
    const one = live({ algorithm: 'aimd', initial: 1, queue: 1, maxWait: '50ms' })
    void one.outcome(hang)
    const outcome = one.outcome(() => 1)
    await runtime.advance(50)
    expect(await outcome).toMatchObject({ kind: 'refused', code: 'OVERLOADED' })
  })

  it('is cut by push-back and by time limits, inside and outside', async () => {
    const one = live({ algorithm: 'aimd', initial: 100 }, timeout('1s'))
    await one.outcome(busy)
    expect(state(one).limit).toBe(90)
    await runtime.advance(1)
    await runtime.run(one.outcome(hang))
    expect(state(one).limit).toBe(81)
    const outer = pipeline('o', timeout('1s'), adaptiveConcurrency({ algorithm: 'aimd', initial: 100 })).on(runtime)
    await runtime.run(outer.outcome(hang))
    expect(state(outer).limit).toBe(90)
  })

  it('ignores its own refusals and those of inner policies: they are no push-back', async () => {
    const one = live({ algorithm: 'aimd', initial: 2 }, bulkhead({ concurrent: 1 }))
    void one.outcome(hang)
    for (let i = 0; i < 50; i++) expect((await one.outcome(() => 1)).kind).toBe('refused')
    void one.outcome(hang)
    for (let i = 0; i < 50; i++) await one.outcome(() => 1)
    expect(state(one).limit).toBe(2)
  })

  it("ignores a caller's abort, and errors that say nothing of capacity, however fast", async () => {
    const one = live({ algorithm: 'vegas', initial: 10, window: 1, minSamples: 1 })
    for (let i = 0; i < 20; i++) await runtime.run(one.outcome(takes(10)))
    const before = state(one)
    for (let i = 0; i < 50; i++) {
      await one.outcome(() => {
        throw new Error('no such table')
      })
    }
    const controller = new AbortController()
    const aborted = one.outcome(hang, { signal: controller.signal })
    controller.abort()
    await aborted
    expect(state(one)).toMatchObject({ limit: before.limit, law: before.law })
  })

  it('does not take the wait in an inner queue for slowness of the dependency', async () => {
    const one = live({ algorithm: 'aimd', initial: 10, slow: '50ms' }, bulkhead({ concurrent: 1, queue: 9 }))
    const outcomes = Array.from({ length: 10 }, () => one.outcome(takes(20)))
    for (const outcome of outcomes) await runtime.run(outcome)
    expect(state(one).limit).toBe(10)
  })

  it('hands permits to who waits when the limit grows, and takes none away when it shrinks', async () => {
    const one = live({ algorithm: 'aimd', initial: 2, queue: 10 })
    let started = 0
    const hold = () => {
      started++
      return hang()
    }
    for (let i = 0; i < 6; i++) void one.outcome(hold)
    expect(started).toBe(2)
    one.update('adaptiveConcurrency', { initial: 5 })
    await runtime.advance(0)
    expect(started).toBe(5)
    one.update('adaptiveConcurrency', { initial: 1 })
    expect(state(one)).toMatchObject({ limit: 1, active: 5, waiting: 1 })
    one.check()
  })

  it('begins another algorithm with the limit that was found', async () => {
    const one = live({ algorithm: 'aimd', initial: 37, max: 50, queue: 3 })
    one.update('adaptiveConcurrency', { algorithm: 'gradient2' })
    expect(state(one)).toMatchObject({ limit: 37, law: { longMs: 0 } })
    one.update('adaptiveConcurrency', { max: 30 })
    expect(state(one).limit).toBe(30)
    expect(() => one.update('adaptiveConcurrency', { slow: '1s' })).toThrow(/gradient2 has no option slow/)
    expect(state(one).limit).toBe(30)
  })

  it('tells when the limit changes', async () => {
    const one = live({ algorithm: 'aimd', initial: 10 })
    const changes: unknown[] = []
    one.events.on('limit.changed', ({ limit, before }) => changes.push([before, limit]))
    await one.outcome(busy)
    expect(changes).toEqual([[10, 9]])
  })

  it('finds the capacity of a dependency in the pipeline, keeps answers fast, and follows a change', async () => {
    runtime = new VirtualRuntime({ seed: 3 })
    const one = live({ algorithm: 'gradient', probeEvery: '2s', probeCalls: 20, queue: 10, max: 200 })
    let workers = 10
    let busyWorkers = 0
    const line: (() => void)[] = []
    const work = (done: () => void): void => {
      busyWorkers++
      const ms = -10 * Math.log(1 - runtime.random('service', draws++))
      runtime.timer(
        ms,
        () => {
          busyWorkers--
          done()
          if (busyWorkers < workers) line.shift()?.()
        },
        false,
      )
    }
    let draws = 0
    const call = () =>
      new Promise<void>((resolve) => {
        const begin = (): void => work(resolve)
        if (busyWorkers < workers) begin()
        else line.push(begin)
      })
    const limits: number[] = []
    for (let ms = 0; ms < 8_000; ms += 2) {
      if (ms === 4_000) workers = 3
      for (let i = 0; i < 2; i++) void one.outcome(call)
      await runtime.advance(2)
      if (ms % 100 === 0) limits.push(state(one).limit)
    }
    const median = (some: number[]) => some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0
    expect(median(limits.slice(20, 40))).toBeGreaterThan(9)
    expect(median(limits.slice(20, 40))).toBeLessThan(24)
    expect(median(limits.slice(60))).toBeLessThan(12)
    one.check()
  })

  it('gives every permit back, whatever calls do', async () => {
    const algorithm = fc.constantFrom<AdaptiveConcurrencyOptions>(
      { algorithm: 'aimd', slow: 50 },
      { algorithm: 'vegas', window: 10, minSamples: 2 },
      { algorithm: 'gradient2', window: 10, minSamples: 2 },
      { algorithm: 'gradient', window: 10, minSamples: 2, probeCalls: 3, probeEvery: 100 },
    )
    const call = fc.record({
      after: fc.integer({ min: 0, max: 20 }),
      ms: fc.integer({ min: 0, max: 200 }),
      ends: fc.constantFrom('value' as const, 'busy' as const, 'error' as const, 'hang' as const),
      abortAfter: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(algorithm, fc.array(call, { maxLength: 40 }), async (options, calls) => {
        runtime = new VirtualRuntime()
        const one = live({ ...options, initial: 3, min: 1, max: 6, queue: 5, maxWait: 60 }, timeout('150ms'))
        let answered = 0
        for (const { after, ms, ends, abortAfter } of calls) {
          await runtime.advance(after)
          const controller = new AbortController()
          if (abortAfter !== undefined) runtime.timer(abortAfter, () => controller.abort(), false)
          const fn = async () => {
            if (ends === 'hang') return hang()
            await takes(ms)()
            if (ends === 'busy') busy()
            if (ends === 'error') throw new Error('x')
          }
          void one.outcome(fn, { signal: controller.signal }).then(() => answered++)
          one.check()
        }
        await runtime.advance('1m')
        one.check()
        expect(answered).toBe(calls.length)
        expect(state(one)).toMatchObject({ active: 0, waiting: 0 })
        expect(runtime.heldTimers).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  it('refuses options that make no sense', () => {
    const wrong = (options: object) => () => adaptiveConcurrency(options as AdaptiveConcurrencyOptions)
    expect(wrong({ algorithm: 'magic' })).toThrow(/algorithm must be one of 'aimd', 'vegas', 'gradient', 'gradient2'/)
    expect(wrong({ algorithm: 'vegas', slow: '1s' })).toThrow(/adaptiveConcurrency with vegas has no option slow/)
    expect(wrong({ algorithm: 'aimd', min: 10, max: 5 })).toThrow(/max must be at least the min of 10/)
    expect(wrong({ algorithm: 'aimd', decrease: 1 })).toThrow(/decrease must be a number above 0 and below 1/)
    expect(wrong({ algorithm: 'vegas', alpha: 5, beta: 3 })).toThrow(/beta must be at least the alpha/)
    expect(wrong({ algorithm: 'aimd', initial: 2_000 })).toThrow(/initial must be a whole number from 1 to 1000/)
  })
})
