import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { PipelineEvents } from '../pipeline-events.ts'
import { pipeline } from '../pipeline.ts'
import { retry } from '../retry/retry.ts'
import { timeout } from '../timeout/timeout.ts'
import type { RateAlgorithm, RateLimiterOptions } from './limiter-options.ts'
import { rateLimiter } from './rate-limiter.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const live = (options: RateLimiterOptions) => pipeline('p', rateLimiter(options)).on(runtime)
type Live = ReturnType<typeof live>

const limited = (retryAfterMs: number) => ({ kind: 'refused', by: 'rateLimiter', code: 'RATE_LIMITED', retryAfterMs })

/** Starts calls that note when they were let through. */
const callers = (one: Live) => {
  const log: string[] = []
  const call = (name: string, options = {}) =>
    one.outcome(() => {
      log.push(`${name} at ${runtime.now()}`)
    }, options)
  return { log, call }
}

const algorithms: readonly RateAlgorithm[] = [
  'token-bucket',
  'gcra',
  'fixed-window',
  'refresh-period',
  'sliding-log',
  'sliding-counter',
]

describe('a rate limiter', () => {
  it.each(algorithms)(
    'refuses by %s what comes too early, and says exactly when it would have let it through',
    async (algorithm) => {
      const one = live({ limit: 2, per: '1s', algorithm })
      const outcomes = await Promise.all([1, 2, 3].map((n) => one.outcome(() => n)))
      expect(outcomes.map(({ kind }) => kind)).toEqual(['success', 'success', 'refused'])
      const refusal = outcomes[2]
      const retryAfterMs = refusal?.kind === 'refused' ? (refusal.retryAfterMs ?? Infinity) : Infinity
      await runtime.advance(Math.ceil(retryAfterMs) - 1)
      expect(await one.outcome(() => 4)).toMatchObject({ kind: 'refused' })
      await runtime.advance(1)
      expect(await one.outcome(() => 5)).toMatchObject({ kind: 'success' })
    },
  )

  it('throws RATE_LIMITED with the time to wait', async () => {
    const one = live({ limit: 1, per: '1m' })
    await one.run(() => 1)
    await runtime.advance('15s')
    await expect(one.run(() => 1)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      retryAfterMs: 45_000,
      message: 'p: rate limited; try again in 45000 ms',
    })
  })

  it('makes wait who can be served in time, and refuses the others at once', async () => {
    const one = live({ limit: 10, per: '1s', burst: 1, maxWait: '250ms' })
    const { log, call } = callers(one)
    const outcomes = [call('a'), call('b'), call('c'), call('d')]
    expect(await outcomes[3]).toMatchObject(limited(300))
    expect(one.state()).toMatchObject({ queued: 2 })
    await runtime.advance('1s')
    expect(log).toEqual(['a at 0', 'b at 100', 'c at 200'])
    one.check()
  })

  it('bounds those who wait', async () => {
    const one = live({ limit: 1, per: '1s', queue: 2 })
    const { log, call } = callers(one)
    const outcomes = [call('a'), call('b'), call('c'), call('d')]
    expect(await outcomes[3]).toMatchObject(limited(3_000))
    await runtime.advance('5s')
    expect(log).toEqual(['a at 0', 'b at 1000', 'c at 2000'])
  })

  it('gives those who wait the first claim on the periods to come', async () => {
    const one = live({ limit: 2, per: '1s', algorithm: 'refresh-period', queue: 10 })
    const { log, call } = callers(one)
    await runtime.advance(500)
    for (const name of ['a', 'b', 'c', 'd', 'e']) void call(name)
    await runtime.advance(500)
    void call('late')
    await runtime.advance('2s')
    expect(log).toEqual(['a at 500', 'b at 500', 'c at 1000', 'd at 1000', 'e at 2000', 'late at 2000'])
  })

  it('lets nobody overtake who is in time, but higher priorities', async () => {
    const one = live({ limit: 1, per: '1s', queue: 9 })
    const { log, call } = callers(one)
    void call('first')
    for (const priority of ['low', 'normal', 'high', 'normal'] as const) void call(priority, { priority })
    await runtime.advance('9s')
    expect(log).toEqual(['first at 0', 'high at 1000', 'normal at 2000', 'normal at 3000', 'low at 4000'])
  })

  it('lets through in the order of coming, whatever it costs and whoever gives up', async () => {
    const caller = fc.record({
      at: fc.integer({ min: 0, max: 2_000 }),
      cost: fc.integer({ min: 0, max: 3 }),
      priority: fc.constantFrom('low' as const, 'normal' as const, 'high' as const),
      abortAfter: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...algorithms),
        fc.array(caller, { maxLength: 30 }),
        fc.constantFrom(Infinity, 400),
        async (algorithm, all, maxWait) => {
          const time = new VirtualRuntime()
          const by = rateLimiter({
            limit: 3,
            per: 100,
            algorithm,
            maxWait,
            queue: 10,
            cost: ({ args }) => Number(args[0]),
          })
          const one = pipeline('p', by).on(time)
          const order: Record<string, number[]> = { low: [], normal: [], high: [] }
          const admitted: { at: number; cost: number }[] = []
          all
            .toSorted((a, b) => a.at - b.at)
            .forEach(({ at, cost, priority, abortAfter }, n) => {
              time.timer(
                at,
                () => {
                  const controller = new AbortController()
                  if (abortAfter !== undefined) time.timer(abortAfter, () => controller.abort(), false)
                  const options = { priority, signal: controller.signal, args: [cost] }
                  void one.outcome(() => {
                    order[priority]?.push(n)
                    admitted.push({ at: time.now(), cost })
                  }, options)
                },
                false,
              )
            })
          for (let step = 0; step < 10; step++) {
            await time.advance(500)
            one.check()
          }
          for (const numbers of Object.values(order)) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
          for (const { at: from } of admitted) {
            const inside = admitted.filter(({ at }) => at >= from && at < from + 100)
            expect(inside.reduce((total, { cost }) => total + cost, 0)).toBeLessThanOrEqual(6)
          }
          expect(one.state()).toMatchObject({ inFlight: 0, queued: 0 })
          expect(time.pendingTimers).toBe(0)
          expect(time.reported).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('notices an abort while waiting at once, and lets those behind move up', async () => {
    const one = live({ limit: 1, per: '1s', queue: 9 })
    const { log, call } = callers(one)
    const controller = new AbortController()
    void call('a')
    const outcome = call('b', { signal: controller.signal })
    void call('c')
    await runtime.advance(300)
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    expect(one.state()).toMatchObject({ queued: 1 })
    await runtime.advance('3s')
    expect(log).toEqual(['a at 0', 'c at 1000'])
    expect(runtime.pendingTimers).toBe(0)
  })

  it('refuses at once who cannot be served before the deadline, and keeps its place free', async () => {
    const chain = pipeline('p', timeout('150ms'), rateLimiter({ limit: 10, per: '1s', burst: 1, queue: 9 })).on(runtime)
    await chain.run(() => 1)
    const waiting = chain.outcome(() => 'in time')
    expect(await chain.outcome(() => 'too late')).toMatchObject(limited(200))
    await runtime.advance('100ms')
    expect(await waiting).toMatchObject({ value: 'in time' })
  })

  it('never refuses at the end of the wait whose turn is in that very moment', async () => {
    const one = live({ limit: 10, per: '1s', burst: 1, maxWait: '100ms' })
    const { log, call } = callers(one)
    void call('a')
    const outcome = call('b')
    await runtime.advance('100ms')
    expect(await outcome).toMatchObject({ kind: 'success' })
    expect(log).toEqual(['a at 0', 'b at 100'])
  })

  it('refuses who was overtaken until it had waited too long', async () => {
    const one = live({ limit: 10, per: '1s', burst: 1, maxWait: '150ms' })
    void one.outcome(() => 1)
    const low = one.outcome(() => 'low', { priority: 'low' })
    for (let i = 0; i < 3; i++) {
      void one.outcome(() => 'high', { priority: 'high' })
      await runtime.advance('50ms')
    }
    expect(await low).toMatchObject({ kind: 'refused', code: 'RATE_LIMITED' })
    await runtime.advance('1s')
    one.check()
    expect(runtime.pendingTimers).toBe(0)
  })

  it('takes the cost of each call, and lets a free one through', async () => {
    const one = live({ limit: 10, per: '1s', cost: ({ args }) => Number(args[0]) })
    const take = (cost: number) => one.outcome(() => 1, { args: [cost] })
    expect(await take(8)).toMatchObject({ kind: 'success' })
    expect(await take(4)).toMatchObject(limited(200))
    expect(await take(2)).toMatchObject({ kind: 'success' })
    expect(await take(0)).toMatchObject({ kind: 'success' })
    const tooMuch = await take(11)
    expect(tooMuch).toMatchObject({ code: 'RATE_LIMITED', detail: 'costs 11 of at most 10', retryAfterMs: undefined })
  })

  it('takes a cost that is none for 1, and reports it', async () => {
    const one = live({ limit: 2, per: '1s', cost: ({ args }) => Number(args[0]) })
    for (const cost of [Number.NaN, -1, 0.5]) await one.outcome(() => 1, { args: [cost] })
    expect(runtime.reported).toHaveLength(3)
    expect(one.state()).toMatchObject({ policies: { rateLimiter: { used: 2, admitted: 2, refused: 1 } } })
  })

  it('keeps to its clock when the wall clock steps back an hour', async () => {
    const one = live({ limit: 1, per: '1s' })
    await one.run(() => 1)
    runtime.stepWallTime(-3_600_000)
    await runtime.advance('1s')
    expect(await one.outcome(() => 1)).toMatchObject({ kind: 'success' })
  })

  it('forgives nothing when it is changed while it works, and lets through at once what a wider limit allows', async () => {
    const one = live({ limit: 4, per: '1s' })
    for (let i = 0; i < 4; i++) await one.run(() => 1)
    for (const algorithm of [...algorithms, ...algorithms]) {
      one.update('rateLimiter', { algorithm, limit: 4 })
      expect(await one.outcome(() => 1)).toMatchObject({ kind: 'refused' })
    }
    one.update('rateLimiter', { queue: 5, maxWait: Infinity, algorithm: 'sliding-log' })
    const waiting = one.outcome(() => 'waited')
    one.update('rateLimiter', { limit: 5 })
    expect(await waiting).toMatchObject({ value: 'waited' })
    one.check()
  })

  it('lets go of who waits for more than a narrowed limit ever has', async () => {
    const one = live({ limit: 5, per: '1s', queue: 5, cost: ({ args }) => Number(args[0]) })
    await one.run(() => 1, { args: [5] })
    const waiting = one.outcome(() => 'waited', { args: [5] })
    one.update('rateLimiter', { limit: 2 })
    await runtime.advance('10s')
    expect(await waiting).toMatchObject({ value: 'waited' })
    one.check()
  })

  it('changes nothing when a change is refused', () => {
    const one = live({ limit: 4, per: '1s' })
    expect(() => one.update('rateLimiter', { limit: 0 })).toThrow(/limit must be a positive whole number/)
    expect(one.state()).toMatchObject({ policies: { rateLimiter: { capacity: 4 } } })
  })

  it('tells what it refuses and why', async () => {
    const one = live({ limit: 1, per: '1s', queue: 1 })
    const told: PipelineEvents['limiter.refused'][] = []
    one.events.on('limiter.refused', (event) => told.push(event))
    for (const key of ['a', 'b', 'c']) void one.outcome(() => 1, { key })
    await runtime.advance('2s')
    expect(told).toEqual([
      {
        pipeline: 'p',
        policy: 'rateLimiter',
        call: 3,
        key: 'c',
        cost: 1,
        reason: 'queue',
        retryAfterMs: 2_000,
        waiting: 1,
      },
    ])
  })

  it('makes a retry around it wait as long as it says', async () => {
    const chain = pipeline('p', retry({ attempts: 2, budget: {} }), rateLimiter({ limit: 1, per: '10s' })).on(runtime)
    await chain.run(() => 1)
    const again = chain.run(() => runtime.now())
    expect(await runtime.run(again)).toBeGreaterThanOrEqual(10_000)
  })

  it('can be read back as plain data', () => {
    const { options } = rateLimiter({ limit: 4, per: '2s', algorithm: 'sliding-counter', slices: 4 })
    expect(structuredClone(options)).toEqual({
      limit: 4,
      perMs: 2_000,
      algorithm: 'sliding-counter',
      burst: 4,
      slices: 4,
      cost: 1,
      maxWaitMs: 0,
      queue: 0,
    })
  })

  it('refuses options that make no sense', () => {
    expect(() => rateLimiter({ limit: 0 })).toThrow(/limit must be a positive whole number/)
    expect(() => rateLimiter({ limit: 1, per: 0 })).toThrow(/per must be a duration above 0/)
    expect(() => rateLimiter({ limit: 1, algorithm: 'leaky' as 'gcra' })).toThrow(/algorithm must be one of/)
    expect(() => rateLimiter({ limit: 1, algorithm: 'sliding-log', burst: 2 })).toThrow(/burst must be left out/)
    expect(() => rateLimiter({ limit: 1, slices: 2 })).toThrow(/slices must be left out/)
    expect(() => rateLimiter({ limit: 1, cost: 0.5 })).toThrow(/cost must be a whole number of at least 0/)
    expect(() => rateLimiter({ limit: 1, rate: 5 } as RateLimiterOptions)).toThrow(/rateLimiter has no option rate/)
  })

  it('is doubted around what multiplies calls, but not as a quota of customers', () => {
    const codes = (limit: RateLimiterOptions) =>
      pipeline('p', rateLimiter(limit), retry(), circuitBreaker()).advice.map(({ code }) => code)
    expect(codes({ limit: 1 })).toEqual(['retry-inside-rate-limiter', 'breaker-inside-rate-limiter'])
    expect(codes({ limit: 1, by: 'key' })).toEqual([])
  })
})

describe('a rate limiter by key', () => {
  it('gives each key a limit of its own', async () => {
    const one = live({ limit: 1, per: '1s', by: 'key' })
    const kinds = []
    for (const key of ['ann', 'ann', 'bob', 'bob']) kinds.push((await one.outcome(() => 1, { key })).kind)
    expect(kinds).toEqual(['success', 'refused', 'success', 'refused'])
  })

  it('forgets no key whose limit is not as good as new: nobody gets more by being forgotten', async () => {
    const one = live({ limit: 1, per: '1h', by: 'key', idle: '1s', maxKeys: 2 })
    const take = async (key: string) => (await one.outcome(() => 1, { key })).kind
    expect([await take('ann'), await take('bob'), await take('cid'), await take('dan')]).toEqual([
      'success',
      'success',
      'success',
      'refused',
    ])
    await runtime.advance('30m')
    expect([await take('ann'), await take('bob')]).toEqual(['refused', 'refused'])
    expect(one.state()).toMatchObject({ policies: { rateLimiter: { keys: 2, crowdedOut: 2 } } })
    await runtime.advance('31m')
    expect(one.state()).toMatchObject({ policies: { rateLimiter: { keys: 0, forgotten: 2 } } })
    expect(runtime.heldTimers).toBe(0)
  })

  it('lets those of a key wait apart from those of another', async () => {
    const one = live({ limit: 1, per: '1s', by: 'key', queue: 5 })
    const { log, call } = callers(one)
    for (const key of ['ann', 'ann', 'ann', 'bob', 'bob']) void call(key, { key })
    expect(one.state()).toMatchObject({ queued: 3 })
    await runtime.advance('3s')
    expect(log).toEqual(['ann at 0', 'bob at 0', 'ann at 1000', 'bob at 1000', 'ann at 2000'])
    one.check()
  })
})
