import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { totalMinor } from '../contract/retail-order.ts'
import { orderProblem } from './order-check.ts'

const line = { sku: '85123A', description: 'WHITE HANGING HEART T-LIGHT HOLDER', quantity: 6, unitPriceMinor: 255 }
const order = {
  id: '536365-r2',
  placedAt: '2011-10-30T08:25:00+01:00',
  customerId: '17850',
  country: 'United Kingdom',
  currency: 'GBP',
  lines: [line],
}

describe('orderProblem', () => {
  it.each([
    ['an ordinary order', order],
    ['an order of a guest', { ...order, customerId: null }],
    ['a line without description', { ...order, lines: [{ ...line, description: null }] }],
    ['a free line', { ...order, lines: [{ ...line, unitPriceMinor: 0 }] }],
    ['1,114 lines, some of them the same', { ...order, lines: Array.from({ length: 1114 }, () => line) }],
    ['80,995 units at once', { ...order, lines: [{ ...line, quantity: 80_995 }] }],
    ['a fee', { ...order, lines: [{ ...line, sku: 'BANK CHARGES' }] }],
  ])('takes %s', (_, body) => {
    expect(orderProblem(body)).toBeUndefined()
  })

  it.each([
    ['no order at all', undefined, 'an order must be an object'],
    ['a list', [], 'an order must be an object'],
    ['no lines', { ...order, lines: [] }, 'lines must hold 1 to 2000 entries'],
    ['2,001 lines', { ...order, lines: Array.from({ length: 2001 }, () => line) }, 'lines must hold 1 to 2000 entries'],
    ['a line that is none', { ...order, lines: [null] }, 'lines[0] must be an object'],
    ['quantity 0', { ...order, lines: [line, { ...line, quantity: 0 }] }, 'lines[1].quantity must be a whole number'],
    ['a negative quantity', { ...order, lines: [{ ...line, quantity: -1 }] }, 'lines[0].quantity'],
    ['half a piece', { ...order, lines: [{ ...line, quantity: 0.5 }] }, 'lines[0].quantity'],
    ['100,001 pieces', { ...order, lines: [{ ...line, quantity: 100_001 }] }, 'lines[0].quantity'],
    ['a quantity that is a text', { ...order, lines: [{ ...line, quantity: '6' }] }, 'lines[0].quantity'],
    ['a negative price', { ...order, lines: [{ ...line, unitPriceMinor: -1 }] }, 'lines[0].unitPriceMinor'],
    ['half a penny', { ...order, lines: [{ ...line, unitPriceMinor: 0.5 }] }, 'lines[0].unitPriceMinor'],
    ['a customer that is a number', { ...order, customerId: 17850 }, 'customerId must be a text'],
    ['no customer field', { ...order, customerId: undefined }, 'customerId must be a text'],
    ['dollars', { ...order, currency: 'USD' }, 'currency must be "GBP"'],
    ['an id with a slash', { ...order, id: '../1' }, 'id must be'],
    ['a time without offset', { ...order, placedAt: '2011-10-30T08:25:00' }, 'placedAt must be an ISO 8601 instant'],
    ['a day that never was', { ...order, placedAt: '2011-13-40T08:25:00Z' }, 'placedAt must be an ISO 8601 instant'],
    ['a field nobody asked for', { ...order, discount: 100 }, 'discount is no field of an order'],
    ['a field nobody asked for in a line', { ...order, lines: [{ ...line, price: 1 }] }, 'lines[0].price is no field'],
    ['a field named as one of every object', JSON.parse('{"__proto__": 1}'), 'id is missing'],
  ])('refuses %s and says what would be right', (_, body, problem) => {
    expect(orderProblem(body)).toContain(problem)
  })

  it('takes no total that a number cannot hold exactly', () => {
    const most = { ...line, quantity: 100_000, unitPriceMinor: 10_000_000 }
    const biggest = { ...order, lines: Array.from({ length: 2000 }, () => most) }
    expect(orderProblem(biggest)).toBeUndefined()
    expect(Number.isSafeInteger(totalMinor(biggest))).toBe(true)
  })

  it('has an answer for whatever is sent, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (lines, body) => {
        expect(typeof orderProblem(body)).toBe('string')
        expect(typeof orderProblem({ ...order, lines })).toBe('string')
      }),
    )
  })
})
