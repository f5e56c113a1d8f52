import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { pipeline } from '../pipeline.ts'
import { timeout } from '../timeout/timeout.ts'
import type { BreakerState } from './breaker-state.ts'
import { circuitBreaker } from './circuit-breaker.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const later = (ms: number): Promise<void> => new Promise((resolve) => runtime.timer(ms, resolve, false))

describe('a saved state', () => {
  it('keeps a circuit open over a restart, for the rest of its time', async () => {
    const definition = pipeline('p', circuitBreaker({ failures: 2, openFor: '30s' }))
    const before = definition.on(runtime)
    for (let i = 0; i < 2; i++) await before.outcome(() => Promise.reject(new Error('down')))
    await runtime.advance('10s')
    const saved = JSON.parse(JSON.stringify(before.state().policies['circuitBreaker'])) as BreakerState
    runtime = new VirtualRuntime()
    const after = definition.on(runtime)
    after.restore('circuitBreaker', saved)
    expect(await after.outcome(() => 1)).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 20_000 })
    await runtime.advance('20s')
    expect(await after.outcome(() => 1)).toMatchObject({ kind: 'success' })
    expect(after.state().breaker).toBe('closed')
  })

  it.each([100, '10s'] as const)('keeps what a window of %s has seen', async (window) => {
    const definition = pipeline('p', circuitBreaker({ failureRate: 0.5, window, minimumCalls: 4 }))
    const live = definition.on(runtime)
    live.restore('circuitBreaker', { circuit: 'closed', calls: 3, failures: 1, slow: 0 })
    expect(live.state()).toMatchObject({ policies: { circuitBreaker: { calls: 3, failures: 1 } } })
    await live.outcome(() => Promise.reject(new Error('down')))
    expect(live.state().breaker).toBe('open')
  })

  it('goes on counting failures in a row', async () => {
    const live = pipeline('p', circuitBreaker({ failures: 3 })).on(runtime)
    live.restore('circuitBreaker', { circuit: 'closed', failuresInARow: 2 })
    await live.outcome(() => Promise.reject(new Error('down')))
    expect(live.state().breaker).toBe('open')
  })

  it('is not learned into by calls that were admitted before it was restored', async () => {
    const live = pipeline('p', circuitBreaker({ failures: 1 }), timeout('1m')).on(runtime)
    const early = live.outcome(() => later(100).then(() => Promise.reject(new Error('late'))))
    live.restore('circuitBreaker', { circuit: 'closed' })
    await runtime.run(early)
    expect(live.state().breaker).toBe('closed')
  })

  it('that makes no sense is refused, and changes nothing', () => {
    const live = pipeline('p', circuitBreaker(), bulkhead({ concurrent: 1 })).on(runtime)
    expect(() => live.restore('circuitBreaker', {})).toThrow("circuit must be given: 'closed', 'open' or 'half-open'")
    expect(() => live.restore('circuitBreaker', { circuit: 'closed', calls: 1, failures: 2 })).toThrow(
      'failures must be',
    )
    expect(() => live.restore('circuitBreaker', { circuit: 'ajar' })).toThrow('circuit must be one of')
    expect(() => live.restore('bulkhead', {})).toThrow('policy of p must be one that keeps state')
    expect(live.state().breaker).toBe('closed')
  })
})
