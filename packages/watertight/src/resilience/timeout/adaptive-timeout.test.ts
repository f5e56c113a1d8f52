import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { pipeline } from '../pipeline.ts'
import { adaptiveTimeout, type AdaptiveTimeoutState } from './adaptive-timeout.ts'
import type { AdaptiveTimeoutOptions } from './adaptive-timeout-options.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const live = (options: AdaptiveTimeoutOptions) => pipeline('p', adaptiveTimeout(options)).on(runtime)

/** One call after the other, each of which would take so many milliseconds. */
async function calls(one: LivePipeline, count: number, ms: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await runtime.run(one.outcome(() => new Promise<void>((resolve) => void runtime.timer(ms, resolve, false))))
  }
}

function state(one: LivePipeline): AdaptiveTimeoutState {
  return one.state().policies['adaptiveTimeout'] as AdaptiveTimeoutState
}

describe('an adaptive timeout', () => {
  it('is fixed until enough calls are known, and then a multiple of their quantile', async () => {
    const one = live({ factor: 3, initial: '5s', warmUp: 20, floor: 1 })
    await calls(one, 19, 100)
    expect(state(one)).toMatchObject({ limitMs: 5_000, estimateMs: undefined, samples: 19 })
    await calls(one, 1, 100)
    expect(state(one).limitMs / 300).toBeCloseTo(1, 1)
    one.check()
  })

  it('ends a call that takes longer, as a timeout does', async () => {
    const one = live({ factor: 2, warmUp: 10, floor: 1 })
    await calls(one, 10, 100)
    const before = runtime.now()
    const outcome = await runtime.run(one.outcome(() => new Promise(() => {})))
    expect(outcome).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT', retryable: true } })
    expect((runtime.now() - before) / 200).toBeCloseTo(1, 1)
  })

  it('stays between its floor and its ceiling', async () => {
    const one = live({ warmUp: 10, floor: '50ms', ceiling: '200ms', window: '1s' })
    await calls(one, 10, 1)
    expect(state(one).limitMs).toBe(50)
    await runtime.advance('1m')
    await calls(one, 10, 150)
    expect(state(one).limitMs).toBe(200)
  })

  it.each(['abandoning', 'cooperative'] as const)(
    'that is %s samples timed-out calls too, so it does not ratchet down',
    async (mode) => {
      const one = live({ quantile: 0.5, factor: 1, warmUp: 10, floor: 1, window: '10m', mode })
      const slowOnes = async (count: number, ms: number) => {
        for (let i = 0; i < count; i++) {
          const call = ({ signal }: { signal: AbortSignal }) =>
            new Promise<void>((resolve, reject) => {
              runtime.timer(ms, resolve, false)
              signal.addEventListener('abort', () => reject(new Error('aborted')))
            })
          await runtime.run(one.outcome(call))
        }
      }
      await slowOnes(20, 100)
      const { limitMs } = state(one)
      await slowOnes(500, 1_000)
      expect(state(one).fired).toBeGreaterThanOrEqual(500)
      expect(state(one).limitMs).toBeGreaterThanOrEqual(limitMs)
    },
  )

  it('opens up when the dependency becomes slower than its limit, and follows it back', async () => {
    const one = live({ factor: 2, warmUp: 10, window: '6s', floor: 1, ceiling: '10s' })
    await calls(one, 50, 50)
    await calls(one, 100, 1_000)
    expect(state(one).limitMs).toBeGreaterThan(1_000)
    const { fired } = state(one)
    await calls(one, 50, 1_000)
    expect(state(one).fired).toBe(fired)
    await calls(one, 200, 50)
    expect(state(one).limitMs).toBeLessThan(110)
  })

  it('does not take errors that come at once for fast answers', async () => {
    const one = live({ factor: 2, warmUp: 10, floor: 1 })
    await calls(one, 20, 100)
    for (let i = 0; i < 500; i++) {
      await one.outcome(() => {
        throw new Error('refused')
      })
    }
    expect(state(one).samples).toBe(20)
    expect(state(one).limitMs).toBeGreaterThan(190)
  })

  it('counts calls whose callers gave up as slow, if they were', async () => {
    const one = live({ quantile: 0.5, factor: 4, warmUp: 10, floor: 1, window: '10m' })
    await calls(one, 10, 100)
    for (let i = 0; i < 30; i++) {
      const call = one.outcome(() => new Promise(() => {}), { deadline: runtime.now() + 300 })
      expect(await runtime.run(call)).toMatchObject({ kind: 'cancelled' })
    }
    expect(state(one).limitMs).toBeGreaterThan(1_100)
  })

  it('learns nothing from what never got to call the function', async () => {
    const one = pipeline('p', adaptiveTimeout({ warmUp: 1, initial: '1s' }), bulkhead({ concurrent: 1, queue: 1 })).on(
      runtime,
    )
    void one.outcome(() => new Promise(() => {}), { deadline: 3_600_000 })
    const [waiting, refused] = [one.outcome(() => 1), one.outcome(() => 1)]
    expect(await refused).toMatchObject({ code: 'BULKHEAD_FULL' })
    await runtime.advance(999)
    expect(state(one).samples).toBe(0)
    await runtime.advance(1)
    expect(await waiting).toMatchObject({ kind: 'refused', code: 'TIMED_OUT' })
    expect(state(one).samples).toBe(1)
  })

  it('goes by steps of the payment p99: under 1 s -> 2 s, under 3 s -> 5 s, else 10 s', async () => {
    const steps = [{ under: '1s', after: '2s' }, { under: '3s', after: '5s' }, { after: '10s' }] as const
    const one = live({ steps, warmUp: 20, window: '10m' })
    expect(state(one).limitMs).toBe(10_000)
    await calls(one, 99, 200)
    expect(state(one).limitMs).toBe(2_000)
    await calls(one, 20, 2_500)
    expect(state(one).limitMs).toBe(5_000)
    await calls(one, 20, 9_000)
    expect(state(one).limitMs).toBe(10_000)
  })

  it('can be changed while it works, keeping what it knows unless the measure changes', async () => {
    const one = live({ warmUp: 10, factor: 2, floor: 1 })
    await calls(one, 20, 100)
    one.update('adaptiveTimeout', { factor: 4 })
    expect(state(one).limitMs).toBeGreaterThan(380)
    one.update('adaptiveTimeout', { window: '5s' })
    expect(state(one)).toMatchObject({ samples: 0, limitMs: 30_000 })
    expect(() => one.update('adaptiveTimeout', { quantile: 1 })).toThrow(/quantile/)
  })

  it('leaves no timer behind, and is never outside its bounds, whatever calls take', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 }), async (durations) => {
        runtime = new VirtualRuntime()
        const one = live({ warmUp: 5, floor: 20, ceiling: 1_000, window: '5s' })
        for (const ms of durations) {
          void one.outcome(() => new Promise<void>((resolve) => void runtime.timer(ms, resolve, false)))
          await runtime.advance(ms % 97)
          const { limitMs } = state(one)
          expect(limitMs >= 20 && limitMs <= 1_000).toBe(true)
        }
        await runtime.advance('1m')
        expect(runtime.heldTimers).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  it('refuses options that make no sense', () => {
    expect(() => adaptiveTimeout({ quantile: 1 })).toThrow(/quantile must be a number above 0 and below 1/)
    expect(() => adaptiveTimeout({ factor: 0.5 })).toThrow(/factor must be a number from 1/)
    expect(() => adaptiveTimeout({ floor: '2s', ceiling: '1s' })).toThrow(/ceiling must be at least the floor/)
    expect(() => adaptiveTimeout({ factor: 2, steps: [{ after: '1s' }] })).toThrow(/factor must be left out/)
    expect(() => adaptiveTimeout({ steps: [{ under: '1s', after: '2s' }] })).toThrow(/last step has no under/)
    expect(() => adaptiveTimeout({ steps: [] })).toThrow(/steps must be a list/)
    expect(() => adaptiveTimeout({ steps: [{ under: '2s', after: '1s' }, { after: '5s' }] })).toThrow(
      /steps\[0\].after/,
    )
    expect(() => adaptiveTimeout({ steps: [{ after: '1s' }, { after: '5s' }] })).toThrow(/steps\[0\].under/)
  })
})
