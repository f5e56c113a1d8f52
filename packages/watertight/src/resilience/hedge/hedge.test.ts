import { AsyncLocalStorage } from 'node:async_hooks'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { adaptiveConcurrency } from '../adaptive-concurrency/adaptive-concurrency.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { pipeline } from '../pipeline.ts'
import type { Policy } from '../policy.ts'
import { immediate } from '../retry/backoff.ts'
import { retryBudget } from '../retry/budget.ts'
import { retry } from '../retry/retry.ts'
import type { Scope } from '../scope.ts'
import { timeout } from '../timeout/timeout.ts'
import { hedge, type HedgeState } from './hedge.ts'
import type { HedgeOptions } from './hedge-options.ts'

let runtime = new VirtualRuntime()
let tries: Try[] = []
beforeEach(() => {
  runtime = new VirtualRuntime()
  tries = []
})

/** One try of the call: it ends when told to. */
interface Try {
  readonly scope: Scope
  readonly answer: (value: unknown) => void
  readonly fail: (error: unknown) => void
}

const options = (more: Partial<HedgeOptions> = {}): HedgeOptions => ({ after: '200ms', idempotent: true, ...more })
const live = (...policies: readonly Policy<unknown>[]) => pipeline('p', ...policies).on(runtime)

/** A call whose every try is in `tries`. */
const call = (scope: Scope): Promise<unknown> =>
  new Promise((resolve, reject) => {
    tries.push({ scope, answer: resolve, fail: reject })
  })

function state(one: LivePipeline<unknown>): HedgeState {
  return one.state().policies['hedge'] as HedgeState
}

describe('a hedge', () => {
  it('asks once only when the answer is in time', async () => {
    const one = live(hedge(options()))
    const result = one.run(call)
    await runtime.advance(199)
    tries[0]?.answer('first')
    expect(await result).toBe('first')
    await runtime.advance('1m')
    expect(tries).toHaveLength(1)
    expect(state(one)).toMatchObject({ started: 0, won: 0, losers: 0 })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('asks again after 200 ms, and the first success wins', async () => {
    const one = live(hedge(options()))
    const result = one.run(call)
    await runtime.advance(200)
    expect(tries.map(({ scope: { path, attempt } }) => [path, attempt])).toEqual([
      [0, 1],
      [1, 1],
    ])
    tries[1]?.answer('second')
    expect(await result).toBe('second')
    expect(state(one)).toMatchObject({ started: 1, won: 1, losers: 1 })
    one.check()
  })

  it('aborts losers with the cause loser, whichever they are', async () => {
    for (const winner of [0, 1, 2]) {
      tries = []
      const one = live(hedge(options({ hedges: 2 })))
      const result = one.run(call)
      await runtime.advance(400)
      tries[winner]?.answer(winner)
      expect(await result).toBe(winner)
      const losers = tries.filter((_, at) => at !== winner)
      expect(losers.map(({ scope }) => [scope.cancel.cause, scope.signal.aborted])).toEqual([
        ['loser', true],
        ['loser', true],
      ])
      expect(tries[winner]?.scope.cancel.cancelled).toBe(false)
      expect(state(one).losers).toBe(2)
    }
  })

  it('does not count losers as failures of the dependency, and keeps their permits until they stop', async () => {
    const one = live(hedge(options()), circuitBreaker({ failures: 1 }), bulkhead({ concurrent: 2 }))
    const result = one.run(call)
    await runtime.advance(200)
    tries[1]?.answer(1)
    await result
    await runtime.advance(0)
    expect(one.state()).toMatchObject({ breaker: 'closed', policies: { bulkhead: { active: 1 } } })
    tries[0]?.fail(new Error('aborted'))
    await runtime.advance(0)
    expect(one.state()).toMatchObject({ breaker: 'closed', policies: { bulkhead: { active: 0 } } })
    expect(runtime.reported).toEqual([])
    one.check()
  })

  it('makes at most so many further tries', async () => {
    const one = live(hedge(options({ hedges: 3 })))
    void one.outcome(call)
    await runtime.advance('1m')
    expect(tries).toHaveLength(4)
  })

  it('sends the next one off at once when a try fails, and carries every error when all have', async () => {
    const one = live(hedge(options({ hedges: 2 })))
    const outcome = one.outcome(call)
    tries[0]?.fail(new Error('a'))
    await runtime.advance(0)
    expect(tries).toHaveLength(2)
    await runtime.advance(200)
    expect(tries).toHaveLength(3)
    tries[2]?.fail(new Error('b'))
    tries[1]?.fail(new Error('c'))
    const failed = await outcome
    expect(failed).toMatchObject({ kind: 'failure', error: { code: 'ALL_FAILED', source: 'hedge', retryable: true } })
    const { cause } = (failed as { error: Error }).error
    expect((cause as AggregateError).errors.map((error: Error) => error.message)).toEqual(['a', 'b', 'c'])
    await runtime.advance(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('wins after the first try has failed already', async () => {
    const one = live(hedge(options()))
    const result = one.run(call)
    tries[0]?.fail(new Error('a'))
    await runtime.advance(50)
    tries[1]?.answer('b')
    expect(await result).toBe('b')
  })

  it('hands on what failed once as it is', async () => {
    const one = live(hedge(options({ budget: { ratio: 0, minPerSecond: 0 } })))
    const error = new Error('only one')
    await expect(one.run(() => Promise.reject(error))).rejects.toBe(error)
  })

  it('takes an error about the question for an answer', async () => {
    const one = live(hedge(options()))
    const outcome = one.outcome(call)
    await runtime.advance(200)
    tries[1]?.fail(Object.assign(new Error('no such order'), { status: 404 }))
    expect(await outcome).toMatchObject({ kind: 'ignored', error: { status: 404 } })
    expect(tries[0]?.scope.cancel.cause).toBe('loser')
  })

  it('does not push a dependency harder that pushes back', async () => {
    const one = live(hedge(options({ hedges: 5 })))
    const outcome = one.outcome(call)
    await runtime.advance(200)
    tries[1]?.fail(Object.assign(new Error('busy'), { status: 503 }))
    await runtime.advance('1m')
    expect(tries).toHaveLength(2)
    tries[0]?.answer(1)
    expect(await outcome).toMatchObject({ kind: 'success' })
  })

  it('hands on a refusal as one when nothing was executed', async () => {
    const one = live(hedge(options()), bulkhead({ concurrent: 1 }))
    void one.outcome(call)
    expect(await one.outcome(call)).toMatchObject({ kind: 'refused', by: 'bulkhead' })
    expect(tries).toHaveLength(1)
  })

  it('starts no hedges when its budget is exhausted, and does not cancel those that are on their way', async () => {
    const one = live(hedge(options({ hedges: 2, budget: { ratio: 0, minPerSecond: 0.1 } })))
    const denied: number[] = []
    one.events.on('hedge.denied', ({ path }) => denied.push(path))
    const result = one.run(call)
    await runtime.advance(1_000)
    expect(tries).toHaveLength(2)
    expect(denied).toEqual([2])
    expect(tries.every(({ scope }) => !scope.cancel.cancelled)).toBe(true)
    tries[1]?.answer('the hedge')
    expect(await result).toBe('the hedge')
  })

  it('shares its budget with whoever is given the same, retries too', async () => {
    const budget = retryBudget({ ratio: 0, minPerSecond: 0.1 })
    const one = live(hedge(options({ budget })))
    const other = pipeline('other', retry({ attempts: 2, backoff: immediate(), budget })).on(runtime)
    void one.outcome(call)
    await runtime.advance(200)
    expect(tries).toHaveLength(2)
    let asked = 0
    await other.outcome(() => {
      asked++
      throw new Error('x')
    })
    expect(asked).toBe(1)
  })

  it('stops every try at once when the caller aborts, and starts none', async () => {
    const one = live(hedge(options({ hedges: 3 })))
    const controller = new AbortController()
    const outcome = one.outcome(call, { signal: controller.signal })
    await runtime.advance(200)
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    expect(tries.map(({ scope }) => scope.cancel.cause)).toEqual(['caller', 'caller'])
    await runtime.advance('1m')
    expect(tries).toHaveLength(2)
    expect(state(one)).toMatchObject({ losers: 0, won: 0 })
  })

  it('stops with a time limit around it, while it waits for the hedges of a failed call too', async () => {
    const one = live(timeout('1s'), hedge(options({ hedges: 9 })))
    const outcome = one.outcome(call)
    tries[0]?.fail(new Error('a'))
    await runtime.advance('1s')
    expect(await outcome).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT' } })
    const made = tries.length
    await runtime.advance('1m')
    expect(tries).toHaveLength(made)
    expect(tries.slice(1).every(({ scope }) => scope.cancel.cause === 'timeout')).toBe(true)
    expect(runtime.heldTimers).toBe(0)
    one.check()
  })

  it('is not multiplied by a retry further out for what a retry inside gave up on', async () => {
    const inner = retry({ attempts: 2, backoff: immediate(), name: 'inner' })
    const one = live(retry({ attempts: 5, backoff: immediate() }), hedge(options({ hedges: 1 })), inner)
    let asked = 0
    const outcome = await one.outcome(() => {
      asked++
      throw new Error('x')
    })
    expect(outcome).toMatchObject({ kind: 'failure', error: { code: 'ALL_FAILED' } })
    expect(asked).toBe(4)
  })

  it('never hedges a call whose caller says that it must not be made twice', async () => {
    const one = live(hedge(options()))
    void one.outcome(call, { idempotent: false })
    await runtime.advance('1m')
    tries[0]?.fail(new Error('x'))
    await runtime.advance('1m')
    expect(tries).toHaveLength(1)
  })

  it('is refused for calls that are not declared idempotent, and says why', () => {
    expect(() => hedge({ after: '1s' } as never)).toThrow(/idempotent must be true: a hedge executes the call twice/)
    expect(() => hedge({ after: '1s', idempotent: false } as never)).toThrow(/idempotent must be true/)
  })

  it('is doubtful inside what gives one permit to each call, and around a retry', () => {
    const codes = (...chain: readonly Policy<unknown>[]) => pipeline('p', ...chain).advice.map(({ code }) => code)
    const limit = adaptiveConcurrency({ algorithm: 'aimd' })
    expect(codes(bulkhead({ concurrent: 1 }), hedge(options()))).toEqual(['hedge-inside-bulkhead'])
    expect(codes(limit, hedge(options()))).toEqual(['hedge-inside-limit'])
    expect(codes(hedge(options()), retry())).toEqual(['retry-inside-hedge'])
    expect(codes(limit, retry())).toEqual(['retry-inside-limit'])
    expect(codes(retry(), hedge(options()), limit)).toEqual([])
  })

  it('goes on in the ambient context of its call', async () => {
    const storage = new AsyncLocalStorage<string>()
    const one = pipeline('p', hedge(options({ after: 5 }))).on(systemRuntime)
    const seen: (string | undefined)[] = []
    await storage.run('mine', () =>
      one.run(({ path }) => {
        seen.push(storage.getStore())
        return path === 1 ? 1 : new Promise(() => {})
      }),
    )
    expect(seen).toEqual(['mine', 'mine'])
  })

  it('refuses options that make no sense', () => {
    expect(() => hedge(options({ after: 0 }))).toThrow(/after must be a duration above 0/)
    expect(() => hedge(options({ hedges: 0 }))).toThrow(/hedges must be a positive whole number/)
    expect(() => hedge(options({ after: { quantile: 2 } }))).toThrow(
      /after.quantile must be a number above 0 and below 1/,
    )
    expect(() => live(hedge(options())).update('hedge', { idempotent: false })).toThrow(/idempotent/)
  })

  it('can be changed while it works', async () => {
    const one = live(hedge(options()))
    one.update('hedge', { after: '1s', hedges: 2 })
    void one.outcome(call)
    await runtime.advance(999)
    expect(tries).toHaveLength(1)
    await runtime.advance(1_001)
    expect(tries).toHaveLength(3)
    expect(state(one).delayMs).toBe(1_000)
  })
})

describe('a hedge by a live percentile', () => {
  const after = { quantile: 0.9, warmUp: 20, window: '10m' } as const
  const takes = (ms: number) => () => new Promise<void>((resolve) => void runtime.timer(ms, resolve, false))

  it('hedges nothing until it knows enough, or after its initial delay', async () => {
    const one = live(hedge(options({ after })))
    void one.outcome(call)
    await runtime.advance('1m')
    expect(tries).toHaveLength(1)
    expect(state(one).delayMs).toBe(Infinity)
    expect(state(live(hedge(options({ after: { ...after, initial: '50ms' } })))).delayMs).toBe(50)
  })

  it('waits as long as that share of calls took', async () => {
    const one = live(hedge(options({ after })))
    for (let ms = 1; ms <= 100; ms++) await runtime.run(one.outcome(takes(ms)))
    expect(state(one).delayMs / 90).toBeCloseTo(1, 0)
  })

  it('does not ratchet down: a call that lost to its hedge was slow, and counts as that', async () => {
    const one = live(hedge(options({ after: { ...after, quantile: 0.5 }, budget: { ratio: 1 } })))
    for (let i = 0; i < 20; i++) await runtime.run(one.outcome(takes(100)))
    const { delayMs } = state(one)
    for (let i = 0; i < 300; i++) {
      await runtime.run(one.outcome(({ path }) => (path === 0 ? new Promise(() => {}) : takes(1)())))
    }
    expect(state(one).won).toBeGreaterThan(290)
    expect(state(one).delayMs).toBeGreaterThanOrEqual(delayMs)
  })
})

describe('hedged calls of any kind', () => {
  it('are all answered, by the first success if there is one, and leave nothing behind', async () => {
    const way = fc.record({
      ends: fc.constantFrom('value' as const, 'error' as const, 'busy' as const, 'hang' as const),
      ms: fc.integer({ min: 0, max: 300 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(way, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
        async (ways, hedges, abortAfter) => {
          runtime = new VirtualRuntime()
          const one = live(timeout('2s'), hedge(options({ after: 50, hedges })), bulkhead({ concurrent: 9 }))
          const controller = new AbortController()
          if (abortAfter !== undefined) runtime.timer(abortAfter, () => controller.abort(), false)
          const ended: { at: number; ends: string }[] = []
          const outcome = one.outcome(
            ({ path }) =>
              new Promise((resolve, reject) => {
                const { ends, ms } = ways[path % ways.length] as (typeof ways)[number]
                if (ends === 'hang') return
                const end = () => {
                  ended.push({ at: runtime.now(), ends })
                  if (ends === 'value') resolve(path)
                  else reject(Object.assign(new Error(ends), ends === 'busy' ? { status: 503 } : {}))
                }
                runtime.timer(ms, end, false)
              }),
            { signal: controller.signal },
          )
          const { kind } = await runtime.run(outcome)
          const answered = ended.some(({ ends }) => ends === 'value')
          expect(kind === 'success').toBe(answered && kind !== 'cancelled')
          await runtime.advance('2m')
          one.check()
          expect(one.state()).toMatchObject({ inFlight: 0, abandoned: 0, policies: { bulkhead: { active: 0 } } })
          expect(runtime.pendingTimers).toBe(0)
          expect(runtime.reported).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })
})
