import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import { immediate } from '../retry/backoff.ts'
import { retry } from '../retry/retry.ts'
import { timeout } from '../timeout/timeout.ts'
import { chaos } from './chaos.ts'
import type { ChaosOptions } from './chaos-options.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime({ seed: 7 })
})

const live = <T = never>(options: ChaosOptions<T>) => pipeline('p', chaos(options)).on(runtime)

describe('chaos', () => {
  it('does nothing until it is switched on', async () => {
    const one = live({ error: { rate: 1 } })
    expect(await one.run(() => 1)).toBe(1)
    one.update('chaos', { on: true })
    await expect(one.run(() => 1)).rejects.toMatchObject({ code: 'CHAOS' })
    one.update('chaos', { on: false })
    expect(await one.run(() => 1)).toBe(1)
    expect(one.state().policies['chaos']).toMatchObject({ on: false, error: 1 })
  })

  it('fails calls without making them, as the error that is asked for', async () => {
    const one = live({ on: true, error: { rate: 1, status: 503, message: 'down' } })
    let made = 0
    const outcome = await one.outcome(() => made++)
    expect(outcome).toMatchObject({ kind: 'overloaded', error: { status: 503, message: 'p: down' } })
    expect(made).toBe(0)
    const error = new Error('mine')
    one.update('chaos', { error: { rate: 1, make: () => error } })
    expect(await one.outcome(() => made++)).toEqual({ kind: 'failure', error })
  })

  it('reports an error maker that throws, and fails the call all the same', async () => {
    const broken = new Error('broken')
    const make = (): never => {
      throw broken
    }
    expect(await live({ on: true, error: { rate: 1, make } }).outcome(() => 1)).toMatchObject({
      error: { code: 'CHAOS' },
    })
    expect(runtime.reported).toEqual([broken])
  })

  it('answers in place of the function', async () => {
    const one = live({ on: true, result: { rate: 1, value: 'wrong' } })
    const result: string | number = await one.run(() => 1)
    expect(result).toBe('wrong')
  })

  it('lets calls be late, and then makes them', async () => {
    const one = live({ on: true, latency: { rate: 1, delay: '1s', upTo: '3s' } })
    const started = Array.from({ length: 50 }, () => one.run(() => runtime.now()))
    await runtime.advance('3s')
    const times = await Promise.all(started)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1_000)
    expect(Math.min(...times)).toBeLessThan(1_300)
    expect(Math.max(...times)).toBeGreaterThan(2_700)
  })

  it('lets calls hang until something ends them', async () => {
    const one = live({ on: true, hang: { rate: 1 } })
    const controller = new AbortController()
    const outcome = one.outcome(() => 1, { signal: controller.signal })
    await runtime.advance('1h')
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('stops being late at once when the call is cancelled, and does not make it', async () => {
    const one = live({ on: true, latency: { rate: 1, delay: '1h' } })
    const controller = new AbortController()
    let made = 0
    const outcome = one.outcome(() => made++, { signal: controller.signal })
    await runtime.advance(10)
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled' })
    await runtime.advance(0)
    expect([made, runtime.pendingTimers]).toEqual([0, 0])
  })

  it('looks like the dependency to what is outside: hanging opens the circuit, lateness is slowness', async () => {
    const hanging = pipeline(
      'a',
      circuitBreaker({ failures: 2 }),
      timeout('1s'),
      chaos({ on: true, hang: { rate: 1 } }),
    ).on(runtime)
    for (let i = 0; i < 2; i++) {
      expect(await runtime.run(hanging.outcome(() => 1))).toMatchObject({
        kind: 'failure',
        error: { code: 'TIMED_OUT' },
      })
    }
    expect(hanging.state().breaker).toBe('open')
    const slow = { slowCallRate: 1, slowCall: '1s', minimumCalls: 2 } as const
    const late = pipeline('b', circuitBreaker(slow), chaos({ on: true, latency: { rate: 1, delay: '2s' } })).on(runtime)
    for (let i = 0; i < 2; i++) expect(await runtime.run(late.outcome(() => 1))).toMatchObject({ kind: 'success' })
    expect(late.state().breaker).toBe('open')
  })

  it('is doubtful when it is not innermost: what is inside of it is left out', () => {
    expect(pipeline('p', chaos(), timeout('1s')).advice).toMatchObject([{ code: 'policy-inside-chaos' }])
    expect(pipeline('p', timeout('1s'), chaos()).advice).toEqual([])
  })

  it('meets the share of calls that is asked for, each with one way to end', async () => {
    const one = live({ on: true, error: { rate: 0.3 }, result: { rate: 0.2, value: -1 } })
    const ends = { failure: 0, result: 0, success: 0 }
    for (let i = 0; i < 4_000; i++) {
      const outcome = await one.outcome(() => 1)
      if (outcome.kind === 'success') ends[outcome.value === -1 ? 'result' : 'success']++
      else ends.failure++
    }
    expect(ends.failure / 4_000).toBeCloseTo(0.3, 1)
    expect(ends.result / 4_000).toBeCloseTo(0.2, 1)
  })

  it('meets only the keys that are asked for', async () => {
    const one = live({ on: true, error: { rate: 1, keys: ['tenant-7'] } })
    const kinds: string[] = []
    for (const key of ['tenant-7', 'tenant-8', undefined]) kinds.push((await one.outcome(() => 1, { key })).kind)
    expect(kinds).toEqual(['failure', 'success', 'success'])
  })

  it('has options that can be written down', () => {
    const { options } = chaos({ error: { rate: 0.5, keys: ['a'], status: 503 } })
    expect(JSON.parse(JSON.stringify(options))).toMatchObject({ error: { rate: 0.5, keys: ['a'], status: 503 } })
  })

  it('meets the same calls for the same seed, and each attempt by its own draw', async () => {
    const courses = [1, 1, 2].map(async (seed) => {
      const one = pipeline('p', retry({ attempts: 3, backoff: immediate() }), chaos({ on: true, error: { rate: 0.5 } }))
      const met: string[] = []
      const at = one.on(new VirtualRuntime({ seed }))
      at.events.on('chaos.injected', ({ call, attempt }) => met.push(`${call}.${attempt}`))
      for (let i = 0; i < 30; i++) await at.outcome(() => 1)
      return met
    })
    const [a, b, c] = await Promise.all(courses)
    expect(a).toEqual(b)
    expect(a).not.toEqual(c)
    expect(a?.some((met) => met.endsWith('.2'))).toBe(true)
  })

  it('tells the attempts that were really made', async () => {
    const one = live({ on: true, latency: { rate: 1, delay: 5 } })
    const attempts: number[] = []
    one.events.on('call.succeeded', (event) => attempts.push(event.attempts))
    await runtime.run(one.run(() => 1))
    expect(attempts).toEqual([1])
  })

  it('gives every permit back, whatever goes wrong', async () => {
    const rate = fc.constantFrom(0, 0.3)
    await fc.assert(
      fc.asyncProperty(rate, rate, rate, rate, fc.integer(), async (latency, error, result, hang, seed) => {
        runtime = new VirtualRuntime({ seed })
        const faults: ChaosOptions<number> = {
          on: true,
          latency: { rate: latency, delay: 0, upTo: '300ms' },
          error: { rate: error },
          result: { rate: result, value: 0 },
          hang: { rate: hang },
        }
        const chain = [bulkhead({ concurrent: 3, queue: 5 }), timeout('200ms'), chaos(faults)]
        const one = pipeline('p', ...chain).on(runtime)
        for (let i = 0; i < 20; i++) {
          void one.outcome(() => 1)
          await runtime.advance(20)
          one.check()
        }
        await runtime.advance('5s')
        expect(one.state()).toMatchObject({ inFlight: 0, queued: 0, policies: { bulkhead: { active: 0 } } })
        expect(runtime.heldTimers).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('refuses options that make no sense', () => {
    expect(() => chaos({ error: { rate: 1.5 } })).toThrow(/error.rate must be a number from 0 to 1/)
    expect(() => chaos({ error: { rate: 0.6 }, hang: { rate: 0.6 } })).toThrow(/at most 1: a call ends in one way/)
    expect(() => chaos({ latency: { rate: 1, delay: '2s', upTo: '1s' } })).toThrow(
      /latency.upTo must be at least the delay/,
    )
    expect(() => chaos({ hang: {} } as never)).toThrow(/hang.rate/)
    expect(() => chaos({ errors: { rate: 1 } } as never)).toThrow(/chaos has no option errors/)
  })
})
