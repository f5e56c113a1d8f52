import { type Runtime, WatertightError } from 'watertight'
import { type EventOf, isRejection, load, storedType } from 'watertight/event-store'
import { type Append, type Row, type RowWrite, type Store, streamId } from 'watertight/store'
import type { StockRow } from '../contract/inventory.ts'
import { Batcher } from '../batching/batcher.ts'
import {
  type ReservationEvents,
  type ReservationState,
  type ReservedLines,
  reservation,
  stockChange,
} from './reservation.ts'

/** How often a batch is decided anew when another process changed the same stock. */
const TRIES = 10

export interface ReservationsOptions {
  readonly store: Store
  readonly runtime: Runtime
  /** Hears what is available of an article whenever it was read or changed; only what is durable. */
  readonly onStock?: (sku: string, available: number) => void
}

export type ReservationCommand =
  | { readonly kind: 'reserve'; readonly orderId: string; readonly lines: ReservedLines }
  | { readonly kind: 'release'; readonly orderId: string }

export type ReservationAnswer =
  | { readonly status: 'reserved' | 'released' | 'closed' }
  | { readonly status: 'refused'; readonly skus: readonly string[] }

/** A reservation while its batch is decided: `state` is ahead of `version` by `events`. */
interface Loaded {
  readonly orderId: string
  readonly version: number
  state: ReservationState
  readonly events: EventOf<ReservationEvents>[]
}

interface Stock {
  row: StockRow
  readonly version: number
  changed: boolean
}

/**
 * Reserves and releases stock. Commands are decided in batches on what the database holds, and a batch is one commit: the
 * events of its reservations together with the stock they change, each row under the version it was read at. So a popular
 * article is never sold twice, not even by two processes, and a hundred orders for it cost one flush.
 */
export class Reservations {
  readonly #store: Store
  readonly #runtime: Runtime
  readonly #onStock: (sku: string, available: number) => void
  readonly #batcher: Batcher<ReservationCommand, ReservationAnswer>

  constructor({ store, runtime, onStock = () => {} }: ReservationsOptions) {
    this.#store = store
    this.#runtime = runtime
    this.#onStock = onStock
    this.#batcher = new Batcher({ name: 'reservations', handle: (commands) => this.#handle(commands) })
  }

  /**
   * @throws WatertightError `BUSY` (not executed) when too many wait; `CONFLICT` (retryable, not executed) when other processes
   * keep changing the same stock; `STORE_UNAVAILABLE` (whether it happened is unknown: repeat it).
   */
  execute(command: ReservationCommand): Promise<ReservationAnswer> {
    return this.#batcher.run(command)
  }

  async status(orderId: string): Promise<ReservationState['status']> {
    return (await this.#load(orderId)).state.status
  }

  async #handle(commands: readonly ReservationCommand[]): Promise<readonly ReservationAnswer[]> {
    for (let left = TRIES; left > 0; left--) {
      const answers = await this.#attempt(commands)
      if (answers) return answers
    }
    throw new WatertightError('CONFLICT', `stock changed under ${TRIES} tries to reserve it`, {
      source: 'reservations',
      retryable: true,
      retryAfterMs: 1000,
    })
  }

  /** `undefined` when somebody else was faster: nothing was written. */
  async #attempt(commands: readonly ReservationCommand[]): Promise<readonly ReservationAnswer[] | undefined> {
    const orders = await this.#loadAll(commands)
    const stock = await this.#loadStock(commands, orders)
    // Also what another process changed, or a commit of ours whose answer was lost.
    this.#tell(stock)
    const answers = commands.map((command) => decide(command, orders.get(command.orderId) as Loaded, stock))

    const appends = this.#appends(orders)
    if (appends.length === 0) return answers
    const committed = await this.#store.commit({ appends, rows: changedRows(stock) })
    if (!committed.ok) {
      if (committed.code === 'CONFLICT') return undefined
      throw new WatertightError(committed.code, `a reservation was not stored: ${committed.what}`, {
        source: 'reservations',
      })
    }
    this.#tell(stock)
    return answers
  }

  async #loadAll(commands: readonly ReservationCommand[]): Promise<Map<string, Loaded>> {
    const ids = [...new Set(commands.map(({ orderId }) => orderId))]
    return new Map(await Promise.all(ids.map(async (id) => [id, await this.#load(id)] as const)))
  }

  async #load(orderId: string): Promise<Loaded> {
    const { state, version } = await load(this.#store, reservation, orderId)
    return { orderId, version, state, events: [] }
  }

  async #loadStock(
    commands: readonly ReservationCommand[],
    orders: ReadonlyMap<string, Loaded>,
  ): Promise<Map<string, Stock>> {
    const wanted = commands.flatMap((command) => (command.kind === 'reserve' ? command.lines : []))
    const held = [...orders.values()].flatMap(({ state }) => (state.status === 'reserved' ? state.lines : []))
    const skus = [...new Set([...wanted, ...held].map(({ sku }) => sku))].filter(canBeKey)
    const rows = skus.length > 0 ? await this.#store.rows('stock', skus) : []
    return new Map(skus.flatMap((sku, i) => (rows[i] ? [[sku, stockOf(rows[i])] as const] : [])))
  }

  #tell(stock: ReadonlyMap<string, Stock>): void {
    for (const [sku, { row }] of stock) this.#onStock(sku, row.available)
  }

  #appends(orders: ReadonlyMap<string, Loaded>): readonly Append[] {
    const appends: Append[] = []
    for (const { orderId, version, events } of orders.values()) {
      if (events.length === 0) continue
      const causation = this.#runtime.id()
      appends.push({
        stream: streamId(reservation.category, orderId),
        expected: version,
        // Made anew for each try: the exact version, not the id, is what refuses a repetition here.
        appendId: causation,
        events: events.map(({ type, data }) => ({
          id: this.#runtime.id(),
          type: storedType(reservation.category, type),
          schema: 1,
          data,
          meta: { correlation: orderId, causation },
        })),
      })
    }
    return appends
  }
}

/** Decides one command on what the commands before it in the batch left. */
function decide(command: ReservationCommand, order: Loaded, stock: ReadonlyMap<string, Stock>): ReservationAnswer {
  const { reserve, release } = reservation.commands
  const decided = reservation.decide(
    command.kind === 'reserve'
      ? reserve({ lines: command.lines, available: availableOf(command.lines, stock) })
      : release({}),
    order.state,
  )
  if (isRejection(decided)) return { status: 'closed' }
  for (const event of decided) {
    order.events.push(event)
    order.state = reservation.evolve(order.state, event)
    for (const { sku, by } of stockChange(event)) {
      const entry = stock.get(sku) as Stock
      entry.row = { ...entry.row, available: entry.row.available + by }
      entry.changed = true
    }
  }
  const { state } = order
  if (state.status === 'refused') return { status: 'refused', skus: state.skus }
  return { status: state.status === 'reserved' ? 'reserved' : 'released' }
}

function availableOf(lines: ReservedLines, stock: ReadonlyMap<string, Stock>): Readonly<Record<string, number>> {
  return Object.fromEntries(lines.map(({ sku }) => [sku, stock.get(sku)?.row.available ?? 0]))
}

function changedRows(stock: ReadonlyMap<string, Stock>): readonly RowWrite[] {
  return [...stock]
    .filter(([, { changed }]) => changed)
    .map(([sku, { row, version }]) => ({ table: 'stock', key: sku, value: row, ifVersion: version }))
}

/** The store refuses to look for others, and the whole batch with them; nothing can be in stock under such a number. */
function canBeKey(sku: string): boolean {
  return sku.isWellFormed() && !sku.includes('\0')
}

function stockOf({ value, version }: Row): Stock {
  return { row: value as StockRow, version, changed: false }
}
