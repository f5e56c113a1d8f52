import type { ProviderName } from '../process/roles.ts'

/**
 * payments `POST /payments`, header `idempotency-key` (`order-<id>-charge`): charges once per key.
 *
 * 201 {@link Payment}; 402 `DECLINED`; 409 `PAYMENT_CLOSED` (refunded or cancelled before); 503 with `retry-after`: not settled
 * yet (no provider could be reached, or one has not told what happened): repeat the key.
 * `GET /payments/:key`: 200 {@link Payment} (status `charged`, `closed`, `declined` or `unsettled`), 404 when the key was never seen.
 * `POST /payments/:key/refund`: 200 {@link Payment} `closed`; gives back what was charged, and closes the key, also when nothing
 * was charged; 503 when that is not known yet: repeat.
 */
export interface PaymentRequest {
  readonly orderId: string
  readonly amountMinor: number
}

export interface Payment {
  readonly key: string
  readonly orderId: string
  readonly amountMinor: number
  readonly status: 'charged' | 'declined' | 'closed' | 'unsettled'
  readonly provider?: ProviderName
  readonly chargeId?: string
}

/**
 * provider `POST /charges`, header `idempotency-key`: a repeated key gets the first answer (and waits for one that is under
 * way); 201 {@link Charge}; 402 `DECLINED`; 409 `KEY_CLOSED`; 503 `NOT_EXECUTED`: definitely nothing happened.
 * `GET /charges/:key`: 200 {@link Charge}, 404: nothing happened yet (a late one still may).
 * `POST /charges/:key/close`: 200 {@link Charge} when it was charged, else 200 `{ "status": "closed" }`: from then on a charge
 * under this key is refused, a late one too.
 * `POST /refunds`, body `{ key, chargeId }`: 200, once per charge.
 */
export interface Charge {
  readonly key: string
  readonly chargeId: string
  readonly orderId: string
  readonly amountMinor: number
  readonly status: 'charged' | 'refunded'
}

/**
 * One movement of money in a provider's own ledger: its stream `ledger-<provider>`, event type `ledger.moved`, written at the
 * moment money moves and never merged or de-duplicated afterwards: the audit counts these.
 */
export interface LedgerEntry {
  readonly kind: 'charge' | 'refund'
  readonly key: string
  readonly orderId: string
  readonly chargeId: string
  readonly amountMinor: number
  /** Epoch milliseconds. */
  readonly at: number
}
