/**
 * shipping `POST /shipments`: once per `orderId`. 201 {@link Shipment}; 503: repeat.
 * `GET /shipments/:orderId`: 200 or 404.
 * carrier `POST /labels`, header `idempotency-key`: 201 `{ trackingId }`, the same for a repeated key.
 */
export interface ShipmentRequest {
  readonly orderId: string
  readonly country: string
  readonly units: number
}

/** Row of table `shipments` in shipping's store, key = order id. */
export interface Shipment {
  readonly orderId: string
  readonly trackingId: string
}

/**
 * notifications `POST /notifications`: 202, at most once per (orderId, kind); mail `POST /messages`, header `idempotency-key`: 202.
 */
export interface NotificationRequest {
  readonly orderId: string
  readonly customerId: string | null
  readonly kind: 'order-completed' | 'order-cancelled'
}

/** analytics `POST /facts`: 202, once per `id`; `GET /revenue`: `{ [day]: pence }` as its read model has it. */
export interface AnalyticsFact {
  readonly id: string
  readonly orderId: string
  readonly country: string
  readonly totalMinor: number
  readonly day: string
}
