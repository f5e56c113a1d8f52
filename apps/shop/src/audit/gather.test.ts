import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from 'watertight/sqlite'
import { type RowWrite, streamId, type StreamId } from 'watertight/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../contract/payments.ts'
import type { Role } from '../process/roles.ts'
import { writeLines } from '../retail/ndjson.ts'
import { gatherEvidence } from './gather.ts'
import { orderTimeline } from './order-timeline.ts'

type Fact = readonly [stream: StreamId, type: string, data: unknown]

describe('the evidence of a data folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evidence-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** Plants events and rows in the database of one role. */
  async function plant(role: Role, facts: readonly Fact[], rows: readonly RowWrite[] = []): Promise<void> {
    const store = await sqliteStore({ file: join(folder, `${role}.db`) })
    for (const [index, [stream, type, data]] of facts.entries()) {
      const id = `${role}-${index}`
      const meta = { correlation: 'x', causation: 'x' }
      await store.commit({
        appends: [{ stream, expected: 'any', appendId: id, events: [{ id, type, schema: 1, data, meta }] }],
      })
    }
    await store.commit({ rows })
    await store.close()
  }

  const movement = (orderId: string, kind: LedgerEntry['kind'], at: number): LedgerEntry => ({
    kind,
    key: `order-${orderId}-charge.1`,
    orderId,
    chargeId: `c-${orderId}`,
    amountMinor: 100,
    at,
  })
  const charge = (orderId: string): StreamId => streamId('payment', `order-${orderId}-charge`)

  const requested = (orderId: string): Fact => [charge(orderId), 'payment.requested', { orderId, amountMinor: 100 }]
  const paid: readonly Fact[] = [
    requested('1'),
    [charge('1'), 'payment.attempted', { provider: 'provider-beta', attempt: 1 }],
    [charge('1'), 'payment.charged', { provider: 'provider-beta', attempt: 1, chargeId: 'c-1' }],
    requested('12'),
  ]

  async function plantShop(planted = { payments: paid }): Promise<void> {
    await plant('provider-alpha', [])
    await plant('provider-gamma', [])
    await plant('provider-beta', [[streamId('ledger', 'provider-beta'), 'ledger.moved', movement('1', 'charge', 5)]])
    await plant('payments', planted.payments)
    await plant(
      'inventory',
      [
        [streamId('reservation', '1'), 'reservation.reserved', { lines: [{ sku: 'MUG', quantity: 2 }] }],
        [streamId('reservation', '12'), 'reservation.reserved', { lines: [{ sku: 'MUG', quantity: 1 }] }],
        [streamId('reservation', '12'), 'reservation.released', { lines: [{ sku: 'MUG', quantity: 1 }] }],
      ],
      [{ table: 'stock', key: 'MUG', value: { opening: 9, available: 7 } }],
    )
    await plant('orders', [], [{ table: 'orders', key: '1', value: { id: '1', status: 'completed' } }])
    await plant('shipping', [], [{ table: 'shipments', key: '1', value: { orderId: '1', trackingId: 't' } }])
    await writeLines(join(folder, 'acknowledgements.ndjson'), [{ orderId: '1', status: 'pending', at: 4 }])
    await writeLines(join(folder, 'orders.ndjson'), [{ id: '1', lines: [] }])
  }

  it('is read from every database and from the list of the customers', async () => {
    await plantShop()
    expect(await gatherEvidence(folder)).toEqual({
      sent: [{ id: '1', lines: [] }],
      acknowledgements: [{ orderId: '1', status: 'pending', at: 4 }],
      orders: [{ id: '1', status: 'completed' }],
      movements: [{ ...movement('1', 'charge', 5), provider: 'provider-beta' }],
      payments: [
        { key: 'order-1-charge', orderId: '1', amountMinor: 100, status: 'charged' },
        { key: 'order-12-charge', orderId: '12', amountMinor: 100, status: 'unsettled' },
      ],
      reservations: [{ orderId: '1', lines: [{ sku: 'MUG', quantity: 2 }] }],
      stock: [{ sku: 'MUG', opening: 9, available: 7 }],
      shipments: [{ orderId: '1', trackingId: 't' }],
    })
  })

  it.each(['acknowledgements.ndjson', 'orders.ndjson', 'orders.db', 'provider-gamma.db'])(
    'is refused without %s: what nobody can look at would count as nothing wrong',
    async (missing) => {
      await plantShop()
      await rm(join(folder, missing))
      await expect(gatherEvidence(folder)).rejects.toThrow(missing)
      await expect(gatherEvidence(folder)).rejects.toMatchObject({ exitCode: 1 })
    },
  )

  it('calls a payment unsettled while its refund is under way: whether the money is back is not written yet', async () => {
    const attempt = { provider: 'provider-beta', attempt: 1 }
    const charged = (id: string): Fact => [charge(id), 'payment.charged', { ...attempt, chargeId: `c-${id}` }]
    const begun = (id: string): readonly Fact[] => [
      [charge(id), 'payment.requested', { orderId: id, amountMinor: 100 }],
      [charge(id), 'payment.attempted', attempt],
    ]
    const closing = (id: string): Fact => [charge(id), 'payment.closing', {}]
    await plantShop({
      payments: [
        ...begun('1'),
        charged('1'),
        closing('1'),
        ...begun('2'),
        closing('2'),
        charged('2'),
        ...begun('3'),
        charged('3'),
        closing('3'),
        [charge('3'), 'payment.closed', {}],
      ],
    })
    const { payments } = await gatherEvidence(folder)
    expect(payments.map(({ status }) => status)).toEqual(['unsettled', 'unsettled', 'closed'])
  })

  it('leaves out the last line of a list whose writer was killed in the middle of it', async () => {
    await plantShop()
    await writeFile(
      join(folder, 'acknowledgements.ndjson'),
      '{"orderId":"1","status":"paid","at":4}\n{"orderId":"2","sta',
    )
    expect((await gatherEvidence(folder)).acknowledgements).toEqual([{ orderId: '1', status: 'paid', at: 4 }])
  })

  it('is refused in one line for a folder without databases, and for a damaged one', async () => {
    await expect(gatherEvidence(folder)).rejects.toThrow(/holds no database of a shop/)
    await expect(gatherEvidence(join(folder, 'missing'))).rejects.toThrow(/^[^\n]*missing cannot be read[^\n]*$/)
    await writeFile(join(folder, 'orders.db'), 'x'.repeat(10_000))
    const failure = gatherEvidence(folder)
    await expect(failure).rejects.toThrow(/^the databases in [^\n]* cannot be read[^\n]*$/)
    await expect(failure).rejects.toMatchObject({ exitCode: 1 })
  })

  it('gives one order its timeline over all services, in order of time, without its neighbours', async () => {
    await plantShop()
    const moments = await orderTimeline(folder, '1')
    expect(moments.map(({ where, what }) => [where, what])).toEqual([
      ['customer', 'told pending'],
      ['provider-beta', 'ledger.moved'],
      ['payments', 'payment.requested'],
      ['payments', 'payment.attempted'],
      ['payments', 'payment.charged'],
      ['inventory', 'reservation.reserved'],
    ])
    expect(await orderTimeline(folder, 'nobody')).toEqual([])
  })
})
