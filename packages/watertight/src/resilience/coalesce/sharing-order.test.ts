import { describe, expect, it } from 'vitest'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { cache } from '../cache/cache.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { fallback } from '../fallback/fallback.ts'
import { hedge } from '../hedge/hedge.ts'
import { pipeline } from '../pipeline.ts'
import { timeout } from '../timeout/timeout.ts'
import { coalesce } from './coalesce.ts'

const kept = cache({ ttl: '1m' })

describe('advice on the order of policies that share calls', () => {
  it.each([
    [[circuitBreaker({ failures: 1 }), kept], 'cache-inside-breaker'],
    [[bulkhead({ concurrent: 1 }), kept], 'cache-inside-bulkhead'],
    [[bulkhead({ concurrent: 1 }), coalesce()], 'coalesce-inside-bulkhead'],
    [[kept, fallback(null)], 'fallback-inside-cache'],
    [[hedge({ after: 1, idempotent: true }), kept], 'cache-inside-hedge'],
    [[hedge({ after: 1, idempotent: true }), coalesce()], 'coalesce-inside-hedge'],
  ])('doubts %o', (policies, code) => {
    expect(pipeline('any', ...policies).advice.map((one) => one.code)).toEqual([code])
  })

  it('has no doubts about the usual order, nor about a load that may outlast its callers', () => {
    const usual = [fallback(null), timeout('1s'), kept, coalesce(), circuitBreaker({ failures: 1 }), timeout('2s')]
    expect(pipeline('any', ...usual).advice).toEqual([])
  })
})
