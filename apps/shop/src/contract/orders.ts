/**
 * gateway `POST /orders`, body {@link RetailOrder}, headers `authorization: Bearer …` and `idempotency-key`;
 * orders `POST /orders` takes the same body.
 *
 * 201 `paid`; 202 `pending` (accepted durably, payment goes on in the background); 400 `INVALID_ORDER`; 401; 403; 409
 * `ORDER_REJECTED` with a reason such as `OUT_OF_STOCK`; 422 `IDEMPOTENCY_KEY_REUSED`; 429 and 503 with `retry-after`: not
 * accepted; 504: nobody knows yet whether it was, repeat it with its key.
 */
export interface OrderAccepted {
  readonly orderId: string
  readonly status: 'paid' | 'pending'
}

/** Every refusal, of every service: a stable code and a sentence for a person. */
export interface Refused {
  readonly code: string
  readonly message: string
}

export type OrderStatus = 'placed' | 'paid' | 'completed' | 'cancelled' | 'parked'

/** `GET /orders/:id`: the read model `orders` of the orders service (inline projection), also what the audit reads. */
export interface OrderView {
  readonly id: string
  readonly customerId: string | null
  readonly totalMinor: number
  readonly status: OrderStatus
  /** Why it was cancelled or parked. */
  readonly reason?: string
  readonly placedAt: string
  /** Epoch milliseconds of the last change. */
  readonly at: number
}
