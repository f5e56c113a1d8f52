import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import type { Policy } from '../policy.ts'
import { immediate } from '../retry/backoff.ts'
import { retry } from '../retry/retry.ts'
import { timeout } from '../timeout/timeout.ts'
import { failover } from './failover.ts'
import { fallback, fallbackChain } from './fallback.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const down = () => Promise.reject(new Error('down'))
const coded = (code: string) => Object.assign(new Error(code), { code })

describe('a fallback', () => {
  it('answers a failure and a refusal by a value or by a function that sees the call', async () => {
    const one = pipeline(
      'p',
      fallback(({ args: [id], error }) => `${String(id)}: ${(error as Error).message}`),
      bulkhead({ concurrent: 1 }),
    ).on(runtime)
    expect(await one.run(down, { args: [7] })).toBe('7: down')
    void one.run(() => new Promise(() => {}))
    expect(await one.run(down, { args: [8] })).toBe('8: p: bulkhead full (1 active, 0 waiting)')
  })

  it("never answers a caller's abort", async () => {
    const one = pipeline('p', fallback('stand-in')).on(runtime)
    const controller = new AbortController()
    const outcome = one.outcome(() => new Promise(() => {}), { signal: controller.signal })
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled', cause: 'caller' })
  })

  it('does not hide an error that says something about the question', async () => {
    const notFound = Object.assign(new Error('not found'), { status: 404 })
    await expect(
      pipeline('p', fallback(1))
        .on(runtime)
        .run(() => Promise.reject(notFound)),
    ).rejects.toBe(notFound)
  })

  it('goes along its chain, and hands on the original error at its end', async () => {
    const error = new Error('down')
    const broken = () => {
      throw new Error('replica')
    }
    const chain = pipeline('p', fallbackChain<unknown>([broken, 2, 3])).on(runtime)
    expect(await chain.run(down)).toBe(2)
    const hopeless = pipeline('p', fallbackChain([broken, () => down()])).on(runtime)
    await expect(hopeless.run(() => Promise.reject(error))).rejects.toBe(error)
  })

  it('stops with what encloses it', async () => {
    const one = pipeline(
      'p',
      timeout('1s'),
      fallback(({ signal }) => new Promise<never>((_, reject) => signal.addEventListener('abort', reject))),
    ).on(runtime)
    const outcome = one.outcome(down)
    await runtime.advance('1s')
    expect(await outcome).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT' } })
  })
})

describe('a failover', () => {
  const provider = (name: string, call: () => Promise<string>, ...policies: readonly Policy[]) => ({
    name,
    pipeline: pipeline(name, ...policies),
    call,
  })
  const good = provider('good', async () => 'charged')

  it('asks the next provider when the circuit of one is open, and says who answered', async () => {
    const north = provider('north', down, circuitBreaker({ failures: 1 }))
    const charge = failover([north, good])
    expect(await charge.outcome([], {}, runtime)).toMatchObject({ provider: 'north', outcome: { kind: 'failure' } })
    expect(await charge.outcome([], {}, runtime)).toMatchObject({
      provider: 'good',
      outcome: { kind: 'success', value: 'charged' },
      tried: [{ provider: 'north', outcome: { code: 'CIRCUIT_OPEN' } }, { provider: 'good' }],
    })
  })

  it('asks the next one when the connection was refused, also as the cause of another error', async () => {
    const refused = new TypeError('fetch failed', { cause: coded('ECONNREFUSED') })
    const charge = failover([provider('north', () => Promise.reject(refused)), good])
    expect(await charge.run([], {}, runtime)).toBe('charged')
  })

  it('hands back an unknown outcome as such, and asks nobody else', async () => {
    for (const error of [coded('ECONNRESET'), new Error('500')]) {
      const charge = failover([provider('north', () => Promise.reject(error)), good])
      await expect(charge.run([], {}, runtime)).rejects.toBe(error)
    }
    const slow = failover([provider('north', () => new Promise(() => {}), timeout('1s')), good])
    expect(await runtime.run(slow.outcome([], {}, runtime))).toMatchObject({
      provider: 'north',
      outcome: { kind: 'failure' },
    })
  })

  it('takes a refusal after an attempt that may have been executed for unknown', async () => {
    const north = provider(
      'north',
      down,
      retry({ attempts: 2, backoff: immediate(), retryOpenCircuit: true }),
      circuitBreaker({ failures: 1 }),
    )
    const result = await runtime.run(failover([north, good]).outcome([], {}, runtime))
    expect(result).toMatchObject({ provider: 'north', outcome: { kind: 'refused', code: 'CIRCUIT_OPEN' } })
  })

  it('asks the next one after an unknown outcome when declared idempotent across providers', async () => {
    expect(await failover([provider('north', down), good], { idempotent: true }).run([], {}, runtime)).toBe('charged')
  })

  it('says that none is available, and when one may be again', async () => {
    const isolated = (name: string) =>
      provider(name, down, circuitBreaker({ failures: 1, openFor: name === 'a' ? '20s' : '10s' }))
    const charge = failover([isolated('a'), isolated('b')], { name: 'gateways', idempotent: true })
    await expect(charge.run([], {}, runtime)).rejects.toMatchObject({
      code: 'NO_PROVIDER',
      message: 'gateways: none of a, b is available',
    })
    await expect(charge.run([], {}, runtime)).rejects.toMatchObject({ code: 'NO_PROVIDER', retryAfterMs: 10_000 })
  })

  it("asks nobody after its caller's abort", async () => {
    const signal = AbortSignal.abort('bored')
    const charge = failover([good])
    expect(await charge.outcome([], { signal }, runtime)).toMatchObject({
      outcome: { kind: 'cancelled', reason: 'bored' },
      tried: [],
    })
  })
})
