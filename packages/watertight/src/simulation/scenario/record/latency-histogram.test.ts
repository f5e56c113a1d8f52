import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LatencyHistogram } from './latency-histogram.ts'

describe('LatencyHistogram', () => {
  it('knows nothing at first', () => {
    const latencies = new LatencyHistogram()
    expect([latencies.count, latencies.quantile(0.5), latencies.max]).toEqual([0, null, null])
  })

  it('agrees with the sorted values to 1%, at every quantile', () => {
    const values = fc.array(fc.double({ min: 0.02, max: 1_500_000, noNaN: true }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (ms, q) => {
        const latencies = new LatencyHistogram()
        for (const one of ms) latencies.record(one)
        const sorted = ms.toSorted((a, b) => a - b)
        const exact = sorted[Math.max(1, Math.ceil(q * ms.length)) - 1] as number
        const seen = latencies.quantile(q) as number
        expect(Math.abs(seen - exact)).toBeLessThanOrEqual(exact * 0.01 + 0.001)
        expect(latencies.max).toBe(sorted.at(-1))
      }),
    )
  })

  it('takes no time at all for what it is', () => {
    const latencies = new LatencyHistogram()
    latencies.record(0)
    expect(latencies.quantile(1)).toBe(0)
  })

  it('counts what is longer than half an hour as that', () => {
    const latencies = new LatencyHistogram()
    latencies.record(10_000_000)
    expect(latencies.quantile(0.5)).toBeGreaterThan(2_100_000)
    expect(latencies.max).toBe(10_000_000)
  })

  it('forgets everything when it is cleared', () => {
    const latencies = new LatencyHistogram()
    latencies.record(5)
    latencies.clear()
    expect([latencies.count, latencies.quantile(0.99), latencies.max]).toEqual([0, null, null])
  })
})
