import { type Database, type Hunted, hunted, type HuntWorld, type ProcessContext } from 'watertight/simulation'
import type { Store } from 'watertight/store'
import { audit, isWrong } from '../audit/audit.ts'
import { evidenceIn } from '../audit/gather.ts'
import type { StockRow } from '../contract/inventory.ts'
import type { LedgerEntry } from '../contract/payments.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import { Reservations } from '../inventory/reservations.ts'
import type { Acknowledgement } from '../load/journal.ts'
import type { ProviderName, Role } from '../process/roles.ts'
import { pipelinesOf } from '../protection/pipelines.ts'
import { protectedShop } from '../protection/protected.ts'
import { Shipments } from '../shipping/shipments.ts'
import {
  type InventoryDesk,
  type LettersDesk,
  type OrdersDesk,
  ordersDesk,
  type ShippingDesk,
} from './hunted-orders.ts'
import { type PaymentsDesk, paymentsDesk, type ProviderDesk, providerDesk, remoteProvider } from './hunted-payments.ts'

const SKU = '85123A'
/** Not enough for all customers of most seeds. */
const OPENING = 5
const MOST_UNITS = 3
const ORDERS = ['order-1', 'order-2', 'order-3'] as const
/** The share of customers whose card is declined, and of seeds in which somebody cancels. */
const DECLINED = 0.15
const CANCELLED = 0.3

/**
 * The hunt for the shop's checkout: its own orders, inventory, payments and shipping, each with a database and most of them
 * with two processes, three payment providers, and a network between all of them. Judged by the audit that judges the live
 * runs: every order that was accepted ends paid once, reserved and shipped, or with everything undone.
 */
export const checkoutHunt: Hunted = hunted('checkout', { trouble: '25s', recovery: '30m' }, build)

function build(world: HuntWorld): void {
  const databases = new Map<Role, Database>()
  const database = (role: Role): Database => {
    const made = world.database(role)
    databases.set(role, made)
    return made
  }
  const processes = <Desk>(role: Role, count: number, start: (context: ProcessContext, store: Store) => Desk) => {
    const own = database(role)
    return Array.from({ length: count }, (_, i) =>
      world.process(count === 1 ? role : `${role}-${i + 1}`, (context) => start(context, context.store(own))),
    )
  }

  const charges = new ChargeCount()
  const declined = new Set(ORDERS.filter(() => world.draw('card') < DECLINED))
  const declines = (orderId: string): boolean => (declined as ReadonlySet<string>).has(orderId)
  const provider = (name: ProviderName) => {
    const running = processes(name, 1, ({ runtime }, store) => providerDesk(store, runtime, name, declines))
    databases.get(name)?.onCommit((commit, { ok }) => {
      if (ok) for (const { events } of commit.appends ?? []) charges.moved(events)
    })
    return world.route<ProviderDesk, ProviderDesk>(name, running, (desk) => desk, ['charge', 'close', 'refund'])
  }
  const providers = {
    'provider-alpha': provider('provider-alpha'),
    'provider-beta': provider('provider-beta'),
    'provider-gamma': provider('provider-gamma'),
  } satisfies Record<ProviderName, unknown>

  const pipelineOf = pipelinesOf(protectedShop)
  const payments = processes('payments', 2, (context, store) => {
    const ask = (name: ProviderName) =>
      remoteProvider(context.service(providers[name]), pipelineOf(name).on(context.runtime))
    return paymentsDesk(store, context.runtime, {
      'provider-alpha': ask('provider-alpha'),
      'provider-beta': ask('provider-beta'),
      'provider-gamma': ask('provider-gamma'),
    })
  })
  const inventory = processes('inventory', 2, ({ runtime }, store): InventoryDesk => {
    const reservations = new Reservations({ store, runtime })
    return {
      reserve: (orderId, lines) => reservations.execute({ kind: 'reserve', orderId, lines }),
      release: (orderId) => reservations.execute({ kind: 'release', orderId }),
    }
  })
  const opening: StockRow = { opening: OPENING, available: OPENING }
  void databases.get('inventory')?.store.commit({ rows: [{ table: 'stock', key: SKU, value: opening }] })
  const carrier = world.service('carrier', { label: async (key: string) => `track ${key}` })
  const shipping = processes('shipping', 1, (context, store): ShippingDesk => {
    const remote = context.service(carrier)
    const live = pipelineOf('carrier').on(context.runtime)
    const label = (key: string) => live.run(() => remote.label(key))
    return new Shipments({ store, runtime: context.runtime, label })
  })
  const desks = {
    payments: world.route<PaymentsDesk, PaymentsDesk>('payments', payments, (desk) => desk, [
      'charge',
      'find',
      'refund',
    ]),
    inventory: world.route<InventoryDesk, InventoryDesk>('inventory', inventory, (desk) => desk, [
      'reserve',
      'release',
    ]),
    shipping: world.route<ShippingDesk, ShippingDesk>('shipping', shipping, (desk) => desk, ['ship']),
    letters: world.service<LettersDesk>('letters', { write: async () => {} }),
  }
  const orders = processes('orders', 2, (context, store) =>
    ordersDesk(context, store, {
      payments: context.service(desks.payments),
      inventory: context.service(desks.inventory),
      shipping: context.service(desks.shipping),
      letters: context.service(desks.letters),
      pipelineOf,
    }),
  )
  const front = world.route<OrdersDesk, OrdersDesk>('front', orders, (desk) => desk, ['place', 'cancel'])

  const sent = ORDERS.map((id) => orderOf(id, 1 + Math.floor(world.draw('units') * MOST_UNITS)))
  const acknowledgements: Acknowledgement[] = []
  const place = async (context: ProcessContext, order: RetailOrder): Promise<void> => {
    await context.service(front).place(order, `key-${order.id}`)
    acknowledgements.push({ orderId: order.id, status: 'pending', at: world.runtime.wallTime() })
  }
  for (const order of sent) world.operation(order.id, (client) => place(client, order))
  const [first] = sent
  if (first) world.operation(`${first.id}-again`, (client) => place(client, first))
  if (world.draw('somebody cancels') < CANCELLED)
    world.operation('cancel', (client) => client.service(front).cancel(ORDERS[0]))

  const stores = new Map([...databases].map(([role, { store }]) => [role, store] as const))
  const report = async () => audit(await evidenceIn(stores, { sent, acknowledgements }))
  world.always('nobody pays twice', () => charges.twice)
  world.eventually(
    'no order is left unfinished',
    async () => (await report()).findings.find(({ kind }) => kind === 'UNFINISHED')?.text,
  )
  world.atRest('the audit finds nothing', async () => {
    const { findings, accepted } = await report()
    world.sometimes('an order is completed', accepted.completed > 0)
    world.sometimes('an order is undone', accepted.compensated > 0)
    const wrong = findings.find(isWrong)
    return wrong && `${wrong.kind}: ${wrong.text}`
  })
}

/** How often each order was charged, at whichever provider, given back or not. */
class ChargeCount {
  readonly #times = new Map<string, number>()
  #twice: string | undefined

  get twice(): string | undefined {
    return this.#twice
  }

  moved(events: readonly { readonly data: unknown }[]): void {
    for (const { data } of events) {
      const { kind, orderId } = data as LedgerEntry
      if (kind !== 'charge') continue
      const times = (this.#times.get(orderId) ?? 0) + 1
      this.#times.set(orderId, times)
      if (times > 1) this.#twice ??= `${orderId} was charged ${times} times`
    }
  }
}

function orderOf(id: string, quantity: number): RetailOrder {
  const line = { sku: SKU, description: 'WHITE HANGING HEART T-LIGHT HOLDER', quantity, unitPriceMinor: 255 }
  return {
    id,
    placedAt: '2011-12-09T12:50:00+00:00',
    customerId: '17850',
    country: 'EIRE',
    currency: 'GBP',
    lines: [line],
  }
}
