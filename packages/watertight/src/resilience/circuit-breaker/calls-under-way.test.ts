import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { pipeline } from '../pipeline.ts'
import { timeout } from '../timeout/timeout.ts'
import { circuitBreaker } from './circuit-breaker.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const later = (ms: number): Promise<void> => new Promise((resolve) => runtime.timer(ms, resolve, false))

describe('calls that are slow while they still run', () => {
  const slow = { slowCallRate: 0.5, slowCall: '1s', window: '10s', minimumCalls: 4, openFor: '30s' } as const
  const hang = (): Promise<never> => new Promise(() => {})

  it('open the circuit before their time limit passes: a dependency that hangs is noticed when the next call asks', async () => {
    const live = pipeline('p', circuitBreaker(slow), timeout('1m')).on(runtime)
    for (let i = 0; i < 4; i++) void live.outcome(hang)
    await runtime.advance(999)
    expect(await live.outcome(() => 1)).toMatchObject({ kind: 'success' })
    await runtime.advance(1)
    expect(await live.outcome(() => 1)).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 30_000 })
    live.check()
  })

  it('count once: when they end they are no further calls', async () => {
    const live = pipeline('p', circuitBreaker({ ...slow, minimumCalls: 10 }), timeout('1m')).on(runtime)
    const calls = Array.from({ length: 6 }, () => live.outcome(() => later(2_000)))
    await runtime.advance(1_500)
    for (let i = 0; i < 3; i++) await live.outcome(() => 1)
    await runtime.advance(1_500)
    await Promise.all(calls)
    expect(live.state()).toMatchObject({ breaker: 'closed', policies: { circuitBreaker: { calls: 9, slow: 6 } } })
  })

  it('are not those that wait in an inner queue', async () => {
    const live = pipeline('p', circuitBreaker(slow), bulkhead({ concurrent: 1, queue: 10 }), timeout('1m')).on(runtime)
    for (let i = 0; i < 5; i++) void live.outcome(hang)
    await runtime.advance('5s')
    const before = live.state()
    void live.outcome(() => 1)
    expect(before).toMatchObject({ queued: 4 })
    expect(live.state().breaker).toBe('closed')
  })

  it('open a half-open circuit again, and give their probe up', async () => {
    const live = pipeline('p', circuitBreaker({ ...slow, halfOpenCalls: 2 }), timeout('1h')).on(runtime)
    live.restore('circuitBreaker', { circuit: 'open', retryAfterMs: 0 })
    void live.outcome(hang)
    await runtime.advance('1s')
    expect(await live.outcome(() => 1)).toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(live.state().breaker).toBe('open')
    live.check()
  })

  it('are told of once in metrics-only mode, and refuse nobody', async () => {
    const live = pipeline('p', circuitBreaker({ ...slow, mode: 'metrics-only' }), timeout('1m')).on(runtime)
    const told: string[] = []
    live.events.on('breaker.opened', ({ reason }) => told.push(reason))
    for (let i = 0; i < 4; i++) void live.outcome(hang)
    await runtime.advance('2s')
    for (let i = 0; i < 3; i++) expect(await live.outcome(() => 1)).toMatchObject({ kind: 'success' })
    expect(told).toEqual(['4 of 4 were slow, 4 of them still are'])
  })

  it('are forgotten with their calls: the list does not grow', async () => {
    const live = pipeline('p', circuitBreaker({ ...slow, slowCallRate: 1 }), timeout('10s')).on(runtime)
    for (let i = 0; i < 100; i++) {
      void live.outcome(() => later(i % 3 === 0 ? 20_000 : 1_500))
      await runtime.advance(100)
    }
    await runtime.advance('1m')
    expect(live.state().inFlight).toBe(0)
    expect(await live.outcome(() => 1)).toMatchObject({ kind: 'success' })
    live.check()
  })
})
