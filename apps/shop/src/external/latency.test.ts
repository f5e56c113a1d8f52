import { describe, expect, it } from 'vitest'
import { lognormalLatency } from './latency.ts'

describe('lognormalLatency', () => {
  it('is the same for the same seed, role and key', () => {
    expect(lognormalLatency(7, 'mail', 20)('k')).toBe(lognormalLatency(7, 'mail', 20)('k'))
    expect(lognormalLatency(7, 'mail', 20)('k')).not.toBe(lognormalLatency(8, 'mail', 20)('k'))
    expect(lognormalLatency(7, 'mail', 20)('k')).not.toBe(lognormalLatency(7, 'carrier', 20)('k'))
  })

  it('lies around its median, always above 0, with a tail to the right', () => {
    const latency = lognormalLatency(7, 'provider-alpha', 40)
    const drawn = Array.from({ length: 4000 }, (_, index) => latency(`key-${index}`)).toSorted((a, b) => a - b)
    const at = (share: number) => drawn[Math.floor(share * drawn.length)] ?? Number.NaN
    expect(at(0)).toBeGreaterThan(0)
    expect(at(0.5)).toBeGreaterThan(38)
    expect(at(0.5)).toBeLessThan(42)
    expect(at(0.99) - at(0.5)).toBeGreaterThan(at(0.5) - at(0.01))
    expect(at(0.999)).toBeLessThan(400)
  })
})
