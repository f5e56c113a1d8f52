import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { StoredEvent } from 'watertight/store'
import type { Shipment } from '../contract/fulfilment.ts'
import type { StockRow } from '../contract/inventory.ts'
import type { OrderView } from '../contract/orders.ts'
import type { LedgerEntry } from '../contract/payments.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import { type Acknowledgement, JOURNAL } from '../load/journal.ts'
import { PROVIDERS, type Role } from '../process/roles.ts'
import { readLines } from '../retail/ndjson.ts'
import { ORDERS } from '../retail/run-files.ts'
import { EXIT, PlainFailure } from '../supervisor/plain-failure.ts'
import type { BookedPayment, Evidence, HeldStock, Movement } from './evidence.ts'
import { eventsOf, rowsOf, type Stores, withStores } from './open-stores.ts'

const DATABASES: readonly Role[] = ['orders', 'payments', 'inventory', 'shipping', ...PROVIDERS]

/**
 * Reads the evidence from the data folder of a shop that has stopped.
 *
 * @throws PlainFailure (exit code 1) when any of it is missing or damaged: what nobody looked at would count as nothing wrong.
 */
export function gatherEvidence(folder: string): Promise<Evidence> {
  return withStores(folder, async (stores) => {
    requireAll(folder, stores)
    return await evidenceIn(stores, {
      sent: await readLines<RetailOrder>(join(folder, ORDERS)),
      acknowledgements: await readLines<Acknowledgement>(join(folder, JOURNAL)),
    })
  })
}

/** Reads the evidence from the databases of a shop that is at rest, beside what its customers know. */
export async function evidenceIn(
  stores: Stores,
  customers: Pick<Evidence, 'sent' | 'acknowledgements'>,
): Promise<Evidence> {
  return {
    ...customers,
    orders: await all(rowsOf(stores.get('orders'), 'orders'), ({ value }) => value as OrderView),
    movements: await movementsOf(stores),
    payments: await paymentsOf(stores),
    reservations: await reservationsOf(stores),
    stock: await all(rowsOf(stores.get('inventory'), 'stock'), ({ key, value }) => ({
      sku: key,
      ...(value as StockRow),
    })),
    shipments: await all(rowsOf(stores.get('shipping'), 'shipments'), ({ value }) => value as Shipment),
  }
}

function requireAll(folder: string, stores: Stores): void {
  const missing = [
    ...DATABASES.filter((role) => !stores.has(role)).map((role) => `${role}.db`),
    ...[ORDERS, JOURNAL].filter((file) => !existsSync(join(folder, file))),
  ]
  if (missing.length > 0)
    throw new PlainFailure(
      `${folder} has no ${missing.join(', ')}: without it nobody can tell what is wrong`,
      EXIT.failed,
    )
}

async function movementsOf(stores: Stores): Promise<readonly Movement[]> {
  const ledgers = await Promise.all(
    PROVIDERS.map((provider) =>
      all(eventsOf(stores.get(provider), ['ledger']), ({ data }) => ({ ...(data as LedgerEntry), provider })),
    ),
  )
  return ledgers.flat()
}

async function paymentsOf(stores: Stores): Promise<readonly BookedPayment[]> {
  const payments = new Map<string, BookedPayment>()
  const closing = new Set<string>()
  for await (const event of eventsOf(stores.get('payments'), ['payment'])) {
    const key = event.stream.id
    if (event.type === 'payment.closing') closing.add(key)
    if (event.type === 'payment.closed') closing.delete(key)
    payments.set(key, booked(payments.get(key) ?? { key, orderId: '', amountMinor: 0, status: 'unsettled' }, event))
  }
  // The money of a payment that is closing may be back at its customer already, or not yet: the books do not say.
  return [...payments.values()].map((payment) =>
    closing.has(payment.key) ? { ...payment, status: 'unsettled' } : payment,
  )
}

/** The books of the shop are read from their events, not through its own code: an audit does not ask the audited. */
function booked(payment: BookedPayment, { type, data }: StoredEvent): BookedPayment {
  switch (type) {
    case 'payment.requested':
      return { ...payment, ...(data as Pick<BookedPayment, 'orderId' | 'amountMinor'>) }
    case 'payment.charged':
      return { ...payment, status: 'charged' }
    case 'payment.declined':
      return { ...payment, status: 'declined' }
    case 'payment.closed':
      return { ...payment, status: 'closed' }
    default:
      return payment
  }
}

async function reservationsOf(stores: Stores): Promise<readonly HeldStock[]> {
  const held = new Map<string, HeldStock>()
  for await (const { type, stream, data } of eventsOf(stores.get('inventory'), ['reservation'])) {
    if (type === 'reservation.reserved')
      held.set(stream.id, { orderId: stream.id, lines: (data as Pick<HeldStock, 'lines'>).lines })
    if (type === 'reservation.released') held.delete(stream.id)
  }
  return [...held.values()]
}

async function all<From, To>(source: AsyncIterable<From>, to: (value: From) => To): Promise<readonly To[]> {
  const values: To[] = []
  for await (const value of source) values.push(to(value))
  return values
}
