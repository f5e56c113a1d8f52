import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { queuePool } from '../bulkhead/queue-pool.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import { timeout } from '../timeout/timeout.ts'
import { custom, exponential, fixed, immediate } from './backoff.ts'
import { retryBudget } from './budget.ts'
import { retry } from './retry.ts'
import type { RetryOptions } from './retry-options.ts'

let runtime = new VirtualRuntime()
let calls = 0
beforeEach(() => {
  runtime = new VirtualRuntime()
  calls = 0
})

const down =
  (error: unknown = new Error('down')) =>
  () => {
    calls++
    return Promise.reject(error)
  }
const live = (options: RetryOptions) => pipeline('p', retry(options)).on(runtime)
const overloaded = Object.assign(new Error('busy'), { status: 503 })

describe('a retry', () => {
  it('counts all tries as attempts, the first included', async () => {
    await runtime.run(live({ attempts: 3 }).outcome(down()))
    expect(calls).toBe(3)
    await live({ attempts: 1 }).outcome(down())
    expect(calls).toBe(4)
  })

  it('hands on the last error, the same object', async () => {
    const error = new TypeError('down')
    await expect(runtime.run(live({ attempts: 2 }).run(down(error)))).rejects.toBe(error)
  })

  it('notices an abort during backoff at once, and does not call again', async () => {
    const one = live({ attempts: 3, backoff: fixed('10s') })
    const controller = new AbortController()
    const outcome = one.outcome(down(), { signal: controller.signal })
    await runtime.advance('1s')
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    expect(runtime.heldTimers).toBe(0)
    await runtime.advance('1m')
    expect(calls).toBe(1)
  })

  it('never retries an open circuit, unless told to', async () => {
    const chain = (retryOpenCircuit: boolean) =>
      pipeline(
        'p',
        retry({ attempts: 4, backoff: fixed('1s'), retryOpenCircuit }),
        circuitBreaker({ failures: 2, openFor: '10s' }),
      ).on(runtime)
    expect(await runtime.run(chain(false).outcome(down()))).toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(calls).toBe(2)
    await runtime.run(chain(true).outcome(down()))
    expect(calls).toBeGreaterThan(4)
  })

  it('multiplies work that an inner policy shed only out of a budget: there is too much of it already', async () => {
    const shed = (options: RetryOptions) => {
      const full = queuePool({ core: 1, whenFull: 'discard' })
      const one = pipeline('p', retry({ attempts: 3, backoff: fixed('1s'), ...options }), full).on(runtime)
      void one.run(() => new Promise(() => {}))
      return one
    }
    const without = shed({})
    expect(await runtime.run(without.outcome(down()))).toMatchObject({ kind: 'refused', code: 'DISCARDED' })
    expect(without.state().policies).toMatchObject({ retry: { retries: 0 }, queuePool: { discarded: 1 } })
    const within = shed({ budget: { ratio: 1, burst: 1 } })
    expect(await runtime.run(within.outcome(down()))).toMatchObject({ kind: 'refused', code: 'DISCARDED' })
    expect(within.state().policies).toMatchObject({ retry: { retries: 2 }, queuePool: { discarded: 3 } })
  })

  it('does not retry what the error calls not retryable, nor a 4xx', async () => {
    const one = live({ attempts: 3 })
    await runtime.run(one.outcome(down(Object.assign(new Error('no'), { retryable: false }))))
    await runtime.run(one.outcome(down(Object.assign(new Error('no'), { status: 404 }))))
    expect(calls).toBe(2)
  })

  it('asks predicates about errors and results; one that throws is reported and means no', async () => {
    await runtime.run(live({ attempts: 3, handle: (error) => error instanceof RangeError }).outcome(down()))
    expect(calls).toBe(1)
    let value = 0
    expect(await runtime.run(live({ attempts: 5, handleResult: (result) => result !== 3 }).run(() => ++value))).toBe(3)
    const broken = live({
      attempts: 3,
      handle: () => {
        throw new Error('predicate')
      },
    })
    expect(await runtime.run(broken.outcome(down()))).toMatchObject({ kind: 'failure', error: { message: 'down' } })
    expect(runtime.reported).toHaveLength(1)
  })

  it('waits as long as the other side asks for, and gives up at once when that is too long', async () => {
    const one = live({ attempts: 2, backoff: immediate() })
    await runtime.run(one.outcome(down(Object.assign(new Error('later'), { retryAfterMs: 5_000 }))))
    expect(runtime.now()).toBe(5_000)
    await one.outcome(down(Object.assign(new Error('later'), { headers: { 'retry-after': '3600' } })))
    expect(runtime.now()).toBe(5_000)
  })

  it('waits for no deadline that it would miss, and keeps to the elapsed time', async () => {
    const one = live({ attempts: 10, backoff: fixed('1s'), maxElapsed: '2500ms' })
    await runtime.run(one.outcome(down()))
    expect(runtime.now()).toBe(2_000)
    const reasons: string[] = []
    one.events.on('retry.gaveUp', ({ reason }) => reasons.push(reason))
    await runtime.run(one.outcome(down(), { deadline: runtime.now() + 500 }))
    expect(runtime.now()).toBe(2_000)
    expect(reasons).toEqual(['deadline'])
  })

  it('of an outer pipeline does not multiply what an inner one gave up on', async () => {
    const inner = live({ attempts: 4, backoff: immediate() })
    const middle = live({ attempts: 4, backoff: immediate() })
    const outer = live({ attempts: 4, backoff: immediate() })
    await runtime.run(outer.outcome(() => middle.run(() => inner.run(down()))))
    expect(calls).toBe(4)
  })

  it('is not kept from retrying by an error object that is thrown again and again', async () => {
    const one = new Error('always the same')
    const inner = live({ attempts: 2, backoff: immediate() })
    await runtime.run(inner.outcome(down(one)))
    calls = 0
    await runtime.run(live({ attempts: 3, backoff: immediate() }).outcome(down(one)))
    expect(calls).toBe(3)
  })

  it('survives a backoff that makes no sense', async () => {
    for (const delay of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) {
      await runtime.run(live({ attempts: 2, backoff: custom(() => delay) }).outcome(down()))
    }
    expect(runtime.now()).toBe(0)
    const thrown = custom(() => {
      throw new Error('backoff')
    })
    await runtime.run(live({ attempts: 2, backoff: thrown }).outcome(down()))
    expect(runtime.reported).toHaveLength(1)
  })

  it('can wait longer than 2^31 - 1 ms', async () => {
    const outcome = live({ attempts: 2, backoff: fixed('50d') }).outcome(down())
    await runtime.run(outcome, '100d')
    expect(runtime.now()).toBe(50 * 86_400_000)
  })

  it('gives an attempt that was abandoned a successor, and each a signal of its own', async () => {
    const one = pipeline('p', retry({ attempts: 2, backoff: immediate() }), timeout('1s')).on(runtime)
    const signals: AbortSignal[] = []
    const outcome = one.outcome(({ signal, attempt }) => {
      signals.push(signal)
      return attempt === 1 ? new Promise(() => {}) : 'done'
    })
    expect(await runtime.run(outcome)).toEqual({ kind: 'success', value: 'done' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  })
})

describe('a retry budget', () => {
  it('is needed to retry what is overloaded', async () => {
    await runtime.run(live({ attempts: 3 }).outcome(down(overloaded)))
    expect(calls).toBe(1)
    await runtime.run(live({ attempts: 3, budget: {} }).outcome(down(overloaded)))
    expect(calls).toBe(4)
  })

  it('bounds the retries of a storm to its share of the calls', async () => {
    const one = live({ attempts: 4, backoff: immediate(), budget: { ratio: 0.1, minPerSecond: 0 } })
    const codes: (string | undefined)[] = []
    one.events.on('retry.gaveUp', ({ code }) => codes.push(code))
    for (let i = 0; i < 1_000; i++) await one.outcome(down())
    expect(calls).toBeLessThanOrEqual(1_100)
    expect(calls).toBeGreaterThanOrEqual(1_095)
    expect(codes).toContain('RETRY_BUDGET_EXHAUSTED')
  })

  it('does not grow while retries replace calls', () => {
    const bucket = retryBudget({ ratio: 0.1, minPerSecond: 0, burst: 10 }).on(runtime)
    for (let i = 0; i < 100; i++) bucket.deposit()
    let retries = 0
    while (bucket.withdraw()) retries++
    expect(retries).toBeLessThanOrEqual(10)
    expect(bucket.withdraw()).toBe(false)
  })

  it('is shared by the pipelines that are given it, on each runtime apart', async () => {
    const budget = retryBudget({ ratio: 0, minPerSecond: 1, burst: 2 })
    const a = pipeline('a', retry({ attempts: 2, backoff: immediate(), budget }))
    const b = pipeline('b', retry({ attempts: 2, backoff: immediate(), budget }))
    for (const one of [a, b, a, b]) await one.on(runtime).outcome(down())
    expect(calls).toBe(6)
    await a.on(new VirtualRuntime()).outcome(down())
    expect(calls).toBe(8)
    await runtime.advance('1s')
    await b.on(runtime).outcome(down())
    expect(calls).toBe(10)
  })

  it('refuses options that make no sense', () => {
    expect(() => retryBudget({ ratio: -1 })).toThrow(/ratio must be/)
    expect(() => retry({ attempts: 0 })).toThrow(/attempts must be a positive whole number/)
    expect(() => retry({ backoff: '1s' as never })).toThrow(/backoff must be/)
    expect(() => exponential({ base: '1s', jitter: 2 })).toThrow(/jitter must be/)
  })
})
