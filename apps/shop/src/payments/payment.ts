import type { ProviderName } from '../process/roles.ts'

/** One try to charge at one provider, under a key of its own there. */
export interface Attempt {
  readonly provider: ProviderName
  /** 1, 2, 3 … over all providers. */
  readonly attempt: number
}

/** What happened to one payment, in the order it happened. The stream of each payment is `payment`/<idempotency key>. */
export type PaymentEvent =
  | { readonly type: 'payment.requested'; readonly data: { readonly orderId: string; readonly amountMinor: number } }
  /** The intent: durable before the provider is called, so that it is known whom to ask after a crash. */
  | { readonly type: 'payment.attempted'; readonly data: Attempt }
  /** Another flight took the attempt over; from now on a refusal no longer proves that nothing was executed. */
  | { readonly type: 'payment.resumed'; readonly data: Attempt }
  /** The attempt has not been executed and never will be. */
  | { readonly type: 'payment.ruledOut'; readonly data: Attempt & { readonly because: 'not-executed' | 'closed' } }
  | { readonly type: 'payment.charged'; readonly data: Attempt & { readonly chargeId: string } }
  | { readonly type: 'payment.declined'; readonly data: Attempt }
  /** A refund was asked for: nothing is charged from here on, and what was charged goes back. */
  | { readonly type: 'payment.closing'; readonly data: object }
  | { readonly type: 'payment.refunded'; readonly data: { readonly chargeId: string } }
  | { readonly type: 'payment.closed'; readonly data: object }

export interface PaymentState {
  readonly status: 'new' | 'requested' | 'charged' | 'declined' | 'closing' | 'closed'
  readonly orderId: string
  readonly amountMinor: number
  /** The attempt whose outcome is not known. */
  readonly open: Attempt | undefined
  /** How many attempts there were. */
  readonly attempts: number
  /** The charge that holds money, or held it. */
  readonly charge?: { readonly provider: ProviderName; readonly attempt: number; readonly chargeId: string }
}

export const NEW_PAYMENT: PaymentState = { status: 'new', orderId: '', amountMinor: 0, open: undefined, attempts: 0 }

/** The state after one more event. */
export function evolve(state: PaymentState, event: PaymentEvent): PaymentState {
  switch (event.type) {
    case 'payment.requested':
      return { ...state, ...event.data, status: 'requested' }
    case 'payment.attempted':
      return { ...state, open: event.data, attempts: event.data.attempt }
    case 'payment.resumed':
      return state
    case 'payment.ruledOut':
      return settled(state)
    case 'payment.charged':
      return { ...settled(state), status: state.status === 'closing' ? 'closing' : 'charged', charge: event.data }
    case 'payment.declined':
      return { ...settled(state), status: state.status === 'closing' ? 'closing' : 'declined' }
    case 'payment.closing':
      return { ...state, status: 'closing' }
    case 'payment.refunded':
      return state
    case 'payment.closed':
      return { ...settled(state), status: 'closed' }
  }
}

/** The key an attempt has at its provider: a new one per attempt, since an attempt that was closed closes its key for ever. */
export function providerKey(paymentKey: string, { attempt }: Attempt): string {
  return `${paymentKey}.${attempt}`
}

function settled(state: PaymentState): PaymentState {
  return { ...state, open: undefined }
}
