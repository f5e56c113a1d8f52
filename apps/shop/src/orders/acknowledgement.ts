import { type Duration, type Runtime, toMilliseconds } from 'watertight'
import type { OrderView } from '../contract/orders.ts'
import type { CheckoutHandle } from './checkout.ts'

/** What the customer is told about an order that was accepted. */
export type Acknowledgement =
  | { readonly status: 'paid' }
  | { readonly status: 'pending' }
  | { readonly status: 'rejected'; readonly reason: string }

export interface AcknowledgementOptions {
  readonly runtime: Runtime
  /** How long an accepted order waits for its payment. */
  readonly within: Duration
  /** Whether waiting is pointless now: the payments circuit is open, or many wait for their payment already. */
  readonly hopeless: () => boolean
}

const PENDING: Acknowledgement = { status: 'pending' }

/** Waits a little for the payment of an order: most are paid, or refused for good, before the customer gets impatient. */
export async function acknowledge(
  checkout: CheckoutHandle,
  { runtime, within, hopeless }: AcknowledgementOptions,
): Promise<Acknowledgement> {
  if (hopeless()) return PENDING
  const until = runtime.now() + toMilliseconds('within', within)
  // Whatever fails from here on, the order is stored: an error would tell its customer that it is not.
  const charge = await checkout.reached('charge', { timeout: within }).catch(() => undefined)
  if (charge === undefined) return PENDING
  if (charge.status === 'done') return { status: 'paid' }
  if (charge.status !== 'notDone') return PENDING
  // It turned back; taking back the reservation may still be under way.
  return new Promise((resolve) => {
    const timer = runtime.timer(until - runtime.now(), () => resolve(PENDING), true)
    void rejection(checkout).then((told) => {
      timer.cancel()
      resolve(told)
    })
  })
}

/** The same from what is stored, for a request that was made before. */
export function acknowledgementOf({ status, reason }: OrderView): Acknowledgement {
  if (status === 'paid' || status === 'completed') return { status: 'paid' }
  return status === 'cancelled' ? { status: 'rejected', reason: reason ?? 'CANCELLED' } : PENDING
}

async function rejection(checkout: CheckoutHandle): Promise<Acknowledgement> {
  try {
    const end = await checkout.done
    if (end.outcome !== 'compensated') return PENDING
    return { status: 'rejected', reason: end.cause.code ?? end.cause.message }
  } catch {
    // The engine closed: the order is stored, and goes on after the next start.
    return PENDING
  }
}
