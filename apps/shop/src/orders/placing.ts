import { createHash } from 'node:crypto'
import { isWatertightError, WatertightError } from 'watertight'
import type { CommitParts } from 'watertight/event-store'
import type { RowWrite } from 'watertight/store'
import { isFee, type RetailOrder, totalMinor } from '../contract/retail-order.ts'
import type { CheckoutHandle, CheckoutInput } from './checkout.ts'
import { customerRow } from './customer-index.ts'
import { orderDecider } from './order.ts'
import { ORDERS, type OrderBook } from './order-book.ts'

/** Table of {@link KeyRow}, key = the caller's idempotency key. */
const KEYS = 'order-keys'
/** A second look is enough when another request with the same key or order was faster; more is for a broken database. */
const LOOKS = 3
const DAY_LENGTH = 'YYYY-MM-DD'.length

interface KeyRow {
  readonly orderId: string
  /** Of the body; the same key with another one is refused. */
  readonly digest: string
}

/** Why an order was not placed. */
export type NotPlaced =
  /** The key was used for another order. */
  | { readonly kind: 'keyReused' }
  /** The order was placed under another key. */
  | { readonly kind: 'orderExists' }

/** What became of the request to place an order. */
export type Placed =
  | NotPlaced
  /** `checkout` is missing when an earlier request placed the order. */
  | { readonly kind: 'accepted'; readonly checkout?: CheckoutHandle }

export interface PlacingOptions {
  readonly book: OrderBook
  /** Starts the checkout in one commit with `also`; `undefined` when any of it was there before: nothing was written. */
  readonly start: (input: CheckoutInput, also: CommitParts) => Promise<CheckoutHandle | undefined>
}

/**
 * Takes orders, each once: the order's first event, its row in the read model, the caller's key and the start of its
 * checkout are one commit. So an order that was acknowledged is there, with a saga that finishes it, whatever crashes next.
 */
export class Placing {
  readonly #book: OrderBook
  readonly #start: PlacingOptions['start']

  constructor({ book, start }: PlacingOptions) {
    this.#book = book
    this.#start = start
  }

  /** @throws WatertightError `STORE_UNAVAILABLE` (whether it was accepted is unknown: repeat it under its key). */
  async place(order: RetailOrder, idempotencyKey: string): Promise<Placed> {
    const digest = digestOf(order)
    for (let looks = 0; looks < LOOKS; looks++) {
      const before = await this.#before(order, idempotencyKey, digest)
      if (before) return before
      const input = checkoutInput(order)
      const parts = await this.#parts(order, input, idempotencyKey, digest)
      const checkout = parts && (await this.#start(input, parts))
      if (checkout) return { kind: 'accepted', checkout }
    }
    throw new WatertightError('CONFLICT', `order ${order.id} changes under our eyes`, {
      source: 'orders',
      retryable: true,
    })
  }

  /** What an earlier request left; `undefined` when there was none. */
  async #before(order: RetailOrder, key: string, digest: string): Promise<Placed | undefined> {
    const { store } = this.#book
    const [known, existing] = await Promise.all([store.row(KEYS, key), store.row(ORDERS, order.id)])
    if (known) {
      const { orderId, digest: first } = known.value as KeyRow
      return orderId === order.id && first === digest ? { kind: 'accepted' } : { kind: 'keyReused' }
    }
    return existing ? { kind: 'orderExists' } : undefined
  }

  /** `undefined` when another request placed the order since its row was looked for. */
  async #parts(
    order: RetailOrder,
    input: CheckoutInput,
    key: string,
    digest: string,
  ): Promise<CommitParts | undefined> {
    const command = orderDecider.commands.place({ order, totalMinor: input.totalMinor })
    let parts: CommitParts
    try {
      parts = await this.#book.entry(input, { command, status: 'placed' })
    } catch (error) {
      if (isWatertightError(error, 'ORDER_EXISTS')) return undefined
      throw error
    }
    const keyRow: RowWrite = {
      table: KEYS,
      key,
      value: { orderId: order.id, digest } satisfies KeyRow,
      ifVersion: 0,
    }
    return { ...parts, rows: [keyRow, ...(parts.rows ?? []), ...customerRow(order, this.#book.runtime.wallTime())] }
  }
}

/** What the checkout keeps of an order: goods by SKU, without prices and descriptions. */
export function checkoutInput(order: RetailOrder): CheckoutInput {
  const units = new Map<string, number>()
  for (const line of order.lines) {
    if (!isFee(line)) units.set(line.sku, (units.get(line.sku) ?? 0) + line.quantity)
  }
  return {
    orderId: order.id,
    customerId: order.customerId,
    totalMinor: totalMinor(order),
    placedAt: order.placedAt,
    country: order.country,
    day: order.placedAt.slice(0, DAY_LENGTH),
    goods: [...units].map(([sku, quantity]) => ({ sku, quantity })),
  }
}

/** The same for the same order, in whatever order its fields came. */
function digestOf({ id, placedAt, customerId, country, currency, lines }: RetailOrder): string {
  const canonical = [
    id,
    placedAt,
    customerId,
    country,
    currency,
    lines.map((l) => [l.sku, l.description, l.quantity, l.unitPriceMinor]),
  ]
  return createHash('sha256').update(JSON.stringify(canonical)).digest('base64url')
}
