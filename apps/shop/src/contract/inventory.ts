/**
 * inventory `GET /products/:sku`: 200, or 404 `UNKNOWN_PRODUCT`; `GET /search?q=words&limit=20`: `{ products: Product[] }`, those
 * whose description holds every word.
 */
export interface Product {
  readonly sku: string
  readonly description: string
  readonly unitPriceMinor: number
  /** Units that can be ordered now. */
  readonly available: number
}

/**
 * inventory `POST /reservations`: reserves all lines or none, once per `orderId` (repeating it returns the first answer).
 *
 * 201; 409 `OUT_OF_STOCK` (with the SKUs in `message`); 409 `RESERVATION_CLOSED` when it was released before.
 * `GET /reservations/:orderId`: 200 {@link Reservation}, 404 when there is none.
 * `POST /reservations/:orderId/release`: 200, always safe: gives back what was reserved and closes the id for ever, also when
 * nothing was reserved.
 */
export interface ReservationRequest {
  readonly orderId: string
  /** Goods only, one entry per SKU. */
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
}

export interface Reservation {
  readonly orderId: string
  readonly status: 'reserved' | 'released'
}

/** Row of table `stock`, key = SKU: `opening` never changes; opening = available + reserved and not released. */
export interface StockRow {
  readonly opening: number
  readonly available: number
}
