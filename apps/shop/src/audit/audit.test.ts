import { describe, expect, it } from 'vitest'
import type { OrderView } from '../contract/orders.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { OrderAnswer } from '../load/journal.ts'
import { audit } from './audit.ts'
import type { BookedPayment, Evidence, Movement } from './evidence.ts'

const sent = (id: string, lines: RetailOrder['lines'] = [line('MUG', 2, 500)]): RetailOrder => ({
  id,
  placedAt: '2026-02-14T08:00:00+00:00',
  customerId: null,
  country: 'United Kingdom',
  currency: 'GBP',
  lines,
})
const line = (sku: string, quantity: number, unitPriceMinor: number): RetailOrder['lines'][number] => ({
  sku,
  description: null,
  quantity,
  unitPriceMinor,
})
const view = (id: string, status: OrderView['status'], changes: Partial<OrderView> = {}): OrderView => ({
  id,
  customerId: null,
  totalMinor: 1_000,
  status,
  placedAt: '2026-02-14T08:00:00+00:00',
  at: 100,
  ...changes,
})
const moved = (orderId: string, kind: Movement['kind'], changes: Partial<Movement> = {}): Movement => ({
  kind,
  key: `order-${orderId}-charge`,
  orderId,
  chargeId: `c-${orderId}`,
  amountMinor: 1_000,
  at: 50,
  provider: 'provider-alpha',
  ...changes,
})
const booked = (orderId: string, status: BookedPayment['status']): BookedPayment => ({
  key: `order-${orderId}-charge`,
  orderId,
  amountMinor: 1_000,
  status,
})
const told = (orderId: string, status: OrderAnswer): Evidence['acknowledgements'][number] => ({
  orderId,
  status,
  at: 60,
})

/** Two completed orders and one that was undone: nothing is wrong. */
const healthy: Evidence = {
  sent: [sent('1'), sent('2'), sent('3')],
  acknowledgements: [told('1', 'paid'), told('2', 'pending'), told('3', 'pending')],
  orders: [view('1', 'completed'), view('2', 'completed'), view('3', 'cancelled', { reason: 'DECLINED' })],
  movements: [moved('1', 'charge'), moved('2', 'charge'), moved('3', 'charge'), moved('3', 'refund')],
  payments: [booked('1', 'charged'), booked('2', 'charged'), booked('3', 'closed')],
  reservations: ['1', '2'].map((orderId) => ({ orderId, lines: [{ sku: 'MUG', quantity: 2 }] })),
  stock: [{ sku: 'MUG', opening: 10, available: 6 }],
  shipments: ['1', '2'].map((orderId) => ({ orderId, trackingId: `t-${orderId}` })),
}

const findings = (changes: Partial<Evidence>): readonly (readonly [string, string | undefined])[] =>
  audit({ ...healthy, ...changes }).findings.map(({ kind, orderId, sku }) => [kind, orderId ?? sku])

describe('the audit', () => {
  it('finds nothing in a healthy shop, and counts what became of the accepted orders', () => {
    const { findings: found, accepted, looked } = audit(healthy)
    expect(found).toEqual([])
    expect(accepted).toEqual({
      accepted: 3,
      completed: 2,
      compensated: 1,
      parked: 0,
      parkedWithoutCause: 0,
      unfinished: 0,
    })
    expect(looked).toMatchObject({ acknowledgements: 3, movements: 4, stock: 1 })
  })

  it('names a lost order, a double charge, a missing refund and a stock leak, and nothing else', () => {
    const found = findings({
      acknowledgements: [...healthy.acknowledgements, told('lost', 'paid')],
      movements: [
        moved('1', 'charge'),
        moved('1', 'charge', { provider: 'provider-beta', chargeId: 'again' }),
        moved('2', 'charge'),
        moved('3', 'charge'),
      ],
      payments: [booked('1', 'charged'), booked('2', 'charged'), booked('3', 'charged')],
      stock: [{ sku: 'MUG', opening: 10, available: 5 }],
    })
    expect(found.toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
      ['CHARGED_TWICE', '1'],
      ['LOST_ORDER', 'lost'],
      ['MISSING_REFUND', '3'],
      ['STOCK_LEAK', 'MUG'],
    ])
  })

  it('says in words what is wrong and how much', () => {
    const [finding] = audit({ ...healthy, stock: [{ sku: 'MUG', opening: 10, available: 5 }] }).findings
    expect(finding?.text).toBe('article MUG: opened with 10, has 5 and 4 held: 1 are missing')
  })

  it('counts a second charge also when it was given back: the providers do not de-duplicate for us', () => {
    const again = { provider: 'provider-beta', chargeId: 'again' } as const
    expect(
      findings({ movements: [...healthy.movements, moved('1', 'charge', again), moved('1', 'refund', again)] }),
    ).toEqual([['CHARGED_TWICE', '1']])
  })

  it('does not call a refused customer charged when the money went back', () => {
    expect(findings({ acknowledgements: [told('1', 'paid'), told('2', 'pending'), told('3', 'rejected')] })).toEqual([])
  })

  it('names a charge that came after the cancellation', () => {
    expect(
      findings({
        movements: [...healthy.movements.slice(0, 2), moved('3', 'charge', { at: 200 })],
        payments: [booked('1', 'charged'), booked('2', 'charged'), booked('3', 'charged')],
      }),
    ).toEqual([['CHARGED_AFTER_REFUSAL', '3']])
  })

  it('names a charge for an order whose customer was refused, though the shop completed it', () => {
    expect(findings({ acknowledgements: [told('1', 'refused'), told('2', 'pending'), told('3', 'pending')] })).toEqual([
      ['CHARGED_AFTER_REFUSAL', '1'],
    ])
  })

  it('lets an order whose customer heard nothing be completed', () => {
    expect(findings({ acknowledgements: [told('1', 'unknown'), told('2', 'pending'), told('3', 'unknown')] })).toEqual(
      [],
    )
  })

  it('names a completed order that nobody paid, although the shop believes it was', () => {
    expect(findings({ movements: healthy.movements.filter(({ orderId }) => orderId !== '1') })).toEqual([
      ['COMPLETED_UNPAID', '1'],
      ['MONEY_MISMATCH', '1'],
    ])
  })

  it('names a charge of another amount than the order costs', () => {
    const movements = healthy.movements.map((entry) => (entry.orderId === '1' ? { ...entry, amountMinor: 999 } : entry))
    expect(findings({ movements })).toEqual([
      ['WRONG_AMOUNT', '1'],
      ['MONEY_MISMATCH', '1'],
    ])
  })

  it('names an order that was stored with another total than the customer sent', () => {
    expect(findings({ sent: [sent('1', [line('MUG', 2, 501)]), sent('2'), sent('3')] })).toEqual([
      ['WRONG_AMOUNT', '1'],
    ])
  })

  it('names a refund of more than was charged', () => {
    expect(findings({ movements: [...healthy.movements, moved('3', 'refund')] })).toEqual([
      ['MONEY_MISMATCH', '3'],
      ['MONEY_MISMATCH', '3'],
    ])
  })

  it('names a completed order without shipment', () => {
    expect(findings({ shipments: healthy.shipments.slice(1) })).toEqual([['COMPLETED_UNSHIPPED', '1']])
  })

  it('names a cancelled order that still holds stock, and a completed one that holds none', () => {
    expect(
      findings({ reservations: ['2', '3'].map((orderId) => ({ orderId, lines: [{ sku: 'MUG', quantity: 2 }] })) }),
    ).toEqual([
      ['STOCK_LEAK', '1'],
      ['STOCK_LEAK', '3'],
    ])
  })

  it('names stock that is held of an article nobody has, and stock below zero', () => {
    const reservations = [...healthy.reservations.slice(0, 1), { orderId: '2', lines: [{ sku: 'CUP', quantity: 1 }] }]
    const bought = [sent('1'), sent('2', [line('CUP', 1, 1_000)]), sent('3')]
    expect(findings({ sent: bought, reservations, stock: [{ sku: 'MUG', opening: 1, available: -1 }] })).toEqual([
      ['STOCK_LEAK', 'MUG'],
      ['STOCK_LEAK', 'CUP'],
    ])
  })

  it('asks neither stock nor shipment for fees, and no charge for an order that costs nothing', () => {
    expect(
      findings({
        sent: [sent('1', [line('POST', 1, 1_000)]), sent('2', [line('MUG', 2, 0)]), sent('3')],
        orders: [view('1', 'completed'), view('2', 'completed', { totalMinor: 0 }), view('3', 'cancelled')],
        movements: [moved('1', 'charge')],
        payments: [booked('1', 'charged')],
        reservations: [{ orderId: '2', lines: [{ sku: 'MUG', quantity: 2 }] }],
        stock: [{ sku: 'MUG', opening: 10, available: 8 }],
        shipments: [{ orderId: '2', trackingId: 't' }],
      }),
    ).toEqual([])
  })

  it('names money that was taken for an order the shop does not know, whatever its customer heard', () => {
    for (const acknowledgements of [healthy.acknowledgements, [...healthy.acknowledgements, told('9', 'unknown')]])
      expect(
        findings({
          acknowledgements,
          movements: [...healthy.movements, moved('9', 'charge')],
          payments: [...healthy.payments, booked('9', 'charged')],
        }),
      ).toEqual([['MONEY_MISMATCH', '9']])
  })

  it('names goods that were shipped for an order that was cancelled, or that the shop does not know', () => {
    const shipments = [...healthy.shipments, ...['3', '9'].map((orderId) => ({ orderId, trackingId: 't' }))]
    expect(findings({ shipments })).toEqual([
      ['STOCK_LEAK', '3'],
      ['STOCK_LEAK', '9'],
    ])
  })

  it('names a completed order that holds other goods than were ordered', () => {
    const reservations = [
      { orderId: '1', lines: [{ sku: 'MUG', quantity: 1 }] },
      { orderId: '2', lines: [{ sku: 'MUG', quantity: 3 }] },
    ]
    expect(findings({ reservations })).toEqual([
      ['STOCK_LEAK', '1'],
      ['STOCK_LEAK', '2'],
    ])
  })

  it('names what is unfinished and what waits for a person, with the cause', () => {
    const report = audit({
      ...healthy,
      orders: [
        view('1', 'paid'),
        view('2', 'parked', { reason: 'the label printer is on fire' }),
        view('3', 'cancelled'),
      ],
    })
    expect(report.findings.map(({ kind, orderId }) => [kind, orderId])).toEqual([
      ['UNFINISHED', '1'],
      ['PARKED', '2'],
    ])
    expect(report.findings[1]?.text).toContain('the label printer is on fire')
    expect(report.accepted).toMatchObject({
      completed: 0,
      compensated: 1,
      parked: 1,
      parkedWithoutCause: 0,
      unfinished: 1,
    })
  })
})
