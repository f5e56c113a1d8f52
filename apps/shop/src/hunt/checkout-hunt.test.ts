import { hunt, huntText } from 'watertight/simulation'
import { describe, expect, it } from 'vitest'
import { checkoutHunt } from './checkout-hunt.ts'

describe('the checkout', () => {
  it('pays once and finishes or undoes every order, whatever dies, hangs, is lost or repeated', {
    timeout: 180_000,
  }, async () => {
    const report = await hunt(checkoutHunt, { seeds: 500 })
    expect(huntText(report)).toContain('checkout: holds with 500 seeds')
    expect(report.holds).toBe(true)
  })

  it('does the same for the same seed', async () => {
    const first = await hunt(checkoutHunt, { seeds: 3, firstSeed: 7 })
    const second = await hunt(checkoutHunt, { seeds: 3, firstSeed: 7 })
    expect(second).toEqual(first)
  })
})
