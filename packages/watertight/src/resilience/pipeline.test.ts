import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { bulkhead } from './bulkhead/bulkhead.ts'
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
import { fallback } from './fallback/fallback.ts'
import { pipeline } from './pipeline.ts'
import { fixed } from './retry/backoff.ts'
import { retry } from './retry/retry.ts'
import { timeout } from './timeout/timeout.ts'

const five = () =>
  pipeline(
    'five',
    fallback('stand-in', { handle: (error) => error instanceof RangeError }),
    retry({ attempts: 3, backoff: fixed(100) }),
    circuitBreaker({ failures: 10 }),
    bulkhead({ concurrent: 2, queue: 2 }),
    timeout('1s'),
  )

describe('a pipeline', () => {
  let runtime = new VirtualRuntime()
  beforeEach(() => {
    runtime = new VirtualRuntime()
  })
  afterEach(async () => {
    await runtime.advance(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('hands on a result, now or later', async () => {
    const live = five().on(runtime)
    expect(await live.run(() => 1)).toBe(1)
    expect(await live.run(async () => 2)).toBe(2)
    live.check()
  })

  it('keeps the types of results, and adds those of fallbacks', async () => {
    const result: number | string = await five()
      .on(runtime)
      .run(async () => 1)
    expect(result).toBe(1)
    const plain: number = await pipeline('plain', timeout('1s'))
      .on(runtime)
      .run(() => 1)
    expect(plain).toBe(1)
  })

  it('throws what the function threw, the same object', async () => {
    const error = new TypeError('broken')
    const live = pipeline('bare').on(runtime)
    await expect(live.run(() => Promise.reject(error))).rejects.toBe(error)
    await expect(
      live.run(() => {
        throw error
      }),
    ).rejects.toBe(error)
  })

  it('tries again, and gives a scope of its own to each attempt', async () => {
    const live = five().on(runtime)
    const seen: number[] = []
    const result = live.run(async ({ attempt, signal }) => {
      expect(signal.aborted).toBe(false)
      seen.push(attempt)
      if (attempt < 3) throw new Error('again')
      return 'done'
    })
    expect(await runtime.run(result)).toBe('done')
    expect(seen).toEqual([1, 2, 3])
    live.check()
  })

  it('ends an attempt at its time limit, tries again, and answers with the stand-in at last', async () => {
    const live = pipeline('t', fallback('stand-in'), retry({ attempts: 2, backoff: fixed(100) }), timeout('1s')).on(
      runtime,
    )
    const signals: AbortSignal[] = []
    const result = live.run(({ signal }) => {
      signals.push(signal)
      return new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    expect(await runtime.run(result)).toBe('stand-in')
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true])
    await runtime.advance(1)
    expect(runtime.now()).toBe(2_101)
  })

  it('ends at once when its caller aborts', async () => {
    const live = five().on(runtime)
    const controller = new AbortController()
    const result = live.outcome(() => new Promise<string>(() => {}), { signal: controller.signal })
    await runtime.advance(10)
    controller.abort('bored')
    expect(await result).toEqual({ kind: 'cancelled', cause: 'caller', reason: 'bored' })
    expect(live.state()).toMatchObject({ inFlight: 0, abandoned: 1, policies: { bulkhead: { active: 1 } } })
    await runtime.advance('30s')
    expect(live.state()).toMatchObject({ abandoned: 0, policies: { bulkhead: { active: 0 } } })
    live.check()
  })
})
