import type { NewEvent, StoredEvent } from 'watertight/store'
import type { ReservationRequest } from '../contract/inventory.ts'

/** One entry per SKU. */
export type ReservedLines = ReservationRequest['lines']

/** Where a reservation stands, from the events of stream `reservation`/order id. */
export type ReservationState =
  | { readonly status: 'none' }
  | { readonly status: 'reserved'; readonly lines: ReservedLines }
  /** Answered `OUT_OF_STOCK`; a repetition is answered the same. */
  | { readonly status: 'refused'; readonly skus: readonly string[] }
  /** Closed for ever, whether it held anything before or not. */
  | { readonly status: 'released' }

export type ReservationEvent =
  | { readonly type: 'reservation.reserved'; readonly data: { readonly lines: ReservedLines } }
  | { readonly type: 'reservation.refused'; readonly data: { readonly skus: readonly string[] } }
  /** `lines` is what went back into stock. */
  | { readonly type: 'reservation.released'; readonly data: { readonly lines: ReservedLines } }

export type ReservationCommand =
  | { readonly kind: 'reserve'; readonly orderId: string; readonly lines: ReservedLines }
  | { readonly kind: 'release'; readonly orderId: string }

export type ReservationAnswer =
  | { readonly status: 'reserved' | 'released' | 'closed' }
  | { readonly status: 'refused'; readonly skus: readonly string[] }

export interface Decision {
  readonly answer: ReservationAnswer
  /** What happened now; `undefined` when all was settled before. */
  readonly event?: ReservationEvent
}

export const NO_RESERVATION: ReservationState = { status: 'none' }

/**
 * All lines or none, once per order; a release closes the order's id, also when it comes first.
 *
 * `available` tells how many units of a SKU can be had; an unknown SKU has none.
 */
export function decideReservation(
  command: ReservationCommand,
  state: ReservationState,
  available: (sku: string) => number,
): Decision {
  if (command.kind === 'release') {
    if (state.status === 'released') return { answer: { status: 'released' } }
    const lines = state.status === 'reserved' ? state.lines : []
    return { answer: { status: 'released' }, event: { type: 'reservation.released', data: { lines } } }
  }
  if (state.status === 'released') return { answer: { status: 'closed' } }
  if (state.status === 'reserved') return { answer: { status: 'reserved' } }
  if (state.status === 'refused') return { answer: { status: 'refused', skus: state.skus } }

  const lines = mergedBySku(command.lines)
  const skus = lines.filter(({ sku, quantity }) => available(sku) < quantity).map(({ sku }) => sku)
  return skus.length > 0
    ? { answer: { status: 'refused', skus }, event: { type: 'reservation.refused', data: { skus } } }
    : { answer: { status: 'reserved' }, event: { type: 'reservation.reserved', data: { lines } } }
}

export function evolveReservation(
  state: ReservationState,
  event: Pick<NewEvent | StoredEvent, 'type' | 'data'>,
): ReservationState {
  const known = event as ReservationEvent
  switch (known.type) {
    case 'reservation.reserved':
      return { status: 'reserved', lines: known.data.lines }
    case 'reservation.refused':
      return { status: 'refused', skus: known.data.skus }
    case 'reservation.released':
      return { status: 'released' }
    default:
      return state
  }
}

/** How the stock of each SKU changes by an event: less when reserved, more when released. */
export function stockChange(event: ReservationEvent): readonly { readonly sku: string; readonly by: number }[] {
  switch (event.type) {
    case 'reservation.reserved':
      return event.data.lines.map(({ sku, quantity }) => ({ sku, by: -quantity }))
    case 'reservation.released':
      return event.data.lines.map(({ sku, quantity }) => ({ sku, by: quantity }))
    case 'reservation.refused':
      return []
  }
}

function mergedBySku(lines: ReservedLines): ReservedLines {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}
