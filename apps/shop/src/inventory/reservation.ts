import { type Decider, decider, type EventOf, reject } from 'watertight/event-store'
import type { ReservationRequest } from '../contract/inventory.ts'

/** One entry per SKU. */
export type ReservedLines = ReservationRequest['lines']

/** Where the reservation of an order stands. */
export type ReservationState =
  | { readonly status: 'none' }
  | { readonly status: 'reserved'; readonly lines: ReservedLines }
  /** Answered `OUT_OF_STOCK`; a repetition is answered the same. */
  | { readonly status: 'refused'; readonly skus: readonly string[] }
  /** Closed for ever, whether it held anything before or not. */
  | { readonly status: 'released' }

export interface ReservationEvents {
  readonly reserved: { readonly lines: ReservedLines }
  readonly refused: { readonly skus: readonly string[] }
  /** `lines` is what went back into stock. */
  readonly released: { readonly lines: ReservedLines }
}

export interface ReservationCommands {
  /** `available`: units by SKU that can be had now; a SKU that is not there has none. */
  readonly reserve: { readonly lines: ReservedLines; readonly available: Readonly<Record<string, number>> }
  readonly release: Readonly<Record<string, never>>
}

/** All lines or none, once per order; a release closes the order's id, also when it comes first. */
export const reservation: Decider<ReservationState, ReservationEvents, ReservationCommands> = decider<
  ReservationState,
  ReservationEvents,
  ReservationCommands
>('reservation', {
  initial: { status: 'none' },
  evolve: {
    reserved: (_state, { lines }) => ({ status: 'reserved', lines }),
    refused: (_state, { skus }) => ({ status: 'refused', skus }),
    released: () => ({ status: 'released' }),
  },
  decide: {
    reserve({ lines, available }, state) {
      if (state.status === 'released') return reject('RESERVATION_CLOSED')
      if (state.status !== 'none') return []
      const merged = mergedBySku(lines)
      const short = merged.filter(({ sku, quantity }) => unitsOf(available, sku) < quantity)
      return short.length > 0
        ? { type: 'refused', data: { skus: short.map(({ sku }) => sku) } }
        : { type: 'reserved', data: { lines: merged } }
    },
    release(_command, state) {
      if (state.status === 'released') return []
      return { type: 'released', data: { lines: state.status === 'reserved' ? state.lines : [] } }
    },
  },
})

/** How the stock of each SKU changes by an event: less when reserved, more when released. */
export function stockChange({
  type,
  data,
}: EventOf<ReservationEvents>): readonly { readonly sku: string; readonly by: number }[] {
  if (type === 'refused') return []
  const sign = type === 'reserved' ? -1 : 1
  return data.lines.map(({ sku, quantity }) => ({ sku, by: sign * quantity }))
}

/** SKUs are any text, `constructor` too. */
function unitsOf(available: Readonly<Record<string, number>>, sku: string): number {
  return (Object.hasOwn(available, sku) ? available[sku] : undefined) ?? 0
}

function mergedBySku(lines: ReservedLines): ReservedLines {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}
