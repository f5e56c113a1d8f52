import { describe, expect, it } from 'vitest'
import { isFee, type RetailOrder, totalMinor } from '../contract/retail-order.ts'
import { takeOrders } from './take-orders.ts'

const generated = async (seed: number, count: number): Promise<readonly RetailOrder[]> =>
  (await takeOrders(undefined, seed, count)).orders

describe('generated orders', () => {
  it('are the same for the same seed and others for another', async () => {
    const [one, again, other] = await Promise.all([generated(1, 50), generated(1, 50), generated(2, 50)])
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })

  it('do not change at the front when more are taken', async () => {
    expect((await generated(1, 80)).slice(0, 20)).toEqual(await generated(1, 20))
  })

  it('have the shape of the real ones: lines, guests, fees, countries', async () => {
    const orders = await generated(7, 4_000)
    const lines = orders.map((order) => order.lines.length).toSorted((a, b) => a - b)
    const share = (matches: (order: RetailOrder) => boolean): number => orders.filter(matches).length / orders.length
    expect(lines[lines.length / 2]).toBeGreaterThanOrEqual(14)
    expect(lines[lines.length / 2]).toBeLessThanOrEqual(19)
    expect(lines.reduce((sum, count) => sum + count, 0) / lines.length).toBeCloseTo(30, -1)
    expect(lines.at(-1)).toBeGreaterThan(300)
    expect(share(({ customerId }) => customerId === null)).toBeCloseTo(0.046, 1)
    expect(share((order) => order.lines.some(isFee))).toBeCloseTo(0.1, 1)
    expect(share(({ country }) => country !== 'United Kingdom')).toBeCloseTo(0.1, 1)
  })

  it('are valid: distinct ids, whole positive quantities, whole prices', async () => {
    const orders = await generated(3, 500)
    expect(new Set(orders.map(({ id }) => id)).size).toBe(orders.length)
    const lines = orders.flatMap((order) => order.lines)
    expect(lines.every(({ quantity }) => Number.isSafeInteger(quantity) && quantity > 0)).toBe(true)
    expect(lines.every(({ unitPriceMinor }) => Number.isSafeInteger(unitPriceMinor) && unitPriceMinor >= 0)).toBe(true)
    expect(orders.every((order) => totalMinor(order) > 0)).toBe(true)
  })
})
