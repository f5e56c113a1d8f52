import type { OrderView } from '../contract/orders.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { Acknowledgement } from '../load/journal.ts'
import type { BookedPayment, Evidence, HeldStock, Movement } from './evidence.ts'

/** Everything the evidence has about one order, side by side. */
export interface OrderAccount {
  readonly id: string
  readonly sent: RetailOrder | undefined
  readonly answer: Acknowledgement | undefined
  readonly view: OrderView | undefined
  readonly movements: readonly Movement[]
  readonly payments: readonly BookedPayment[]
  readonly held: HeldStock['lines']
  readonly shipped: boolean
  /** Charges less refunds, in pence. */
  readonly netMinor: number
}

/** One account for every order that any of the evidence mentions. */
export function accountsOf(evidence: Evidence): readonly OrderAccount[] {
  const sent = new Map(evidence.sent.map((order) => [order.id, order]))
  const answers = new Map(evidence.acknowledgements.map((answer) => [answer.orderId, answer]))
  const views = new Map(evidence.orders.map((view) => [view.id, view]))
  const movements = Map.groupBy(evidence.movements, ({ orderId }) => orderId)
  const payments = Map.groupBy(evidence.payments, ({ orderId }) => orderId)
  const held = new Map(evidence.reservations.map(({ orderId, lines }) => [orderId, lines]))
  const shipped = new Set(evidence.shipments.map(({ orderId }) => orderId))
  const ids = new Set(
    [answers, views, movements, payments, held].flatMap((known) => [...known.keys()]).concat([...shipped]),
  )
  return [...ids].map((id) => {
    const moved = movements.get(id) ?? []
    return {
      id,
      sent: sent.get(id),
      answer: answers.get(id),
      view: views.get(id),
      movements: moved,
      payments: payments.get(id) ?? [],
      held: held.get(id) ?? [],
      shipped: shipped.has(id),
      netMinor: net(moved),
    }
  })
}

/** Charges less refunds, in pence. */
export function net(movements: readonly Movement[]): number {
  return movements.reduce((sum, { kind, amountMinor }) => sum + (kind === 'charge' ? amountMinor : -amountMinor), 0)
}
