import { type Runtime, WatertightError } from 'watertight'
import { type Store, streamId } from 'watertight/store'
import type { Shipment, ShipmentRequest } from '../contract/fulfilment.ts'

const TABLE = 'shipments'

export interface ShipmentsOptions {
  readonly store: Store
  readonly runtime: Runtime
  /** Asks the carrier for a label; the same key gets the same label. */
  readonly label: (key: string, request: ShipmentRequest) => Promise<string>
}

/**
 * One label per order: the carrier honours the order's key, so that asking again after a crash gives the same label, and
 * what it answered is stored once (event `shipment.labelled`, row `shipments`).
 */
export class Shipments {
  readonly #store: Store
  readonly #runtime: Runtime
  readonly #label: ShipmentsOptions['label']
  readonly #underWay = new Map<string, Promise<Shipment>>()

  constructor({ store, runtime, label }: ShipmentsOptions) {
    this.#store = store
    this.#runtime = runtime
    this.#label = label
  }

  async find(orderId: string): Promise<Shipment | undefined> {
    return (await this.#store.row(TABLE, orderId))?.value as Shipment | undefined
  }

  /** @throws WatertightError what `label` or the store throws; repeating it is safe. */
  ship(request: ShipmentRequest): Promise<Shipment> {
    const { orderId } = request
    const running = this.#underWay.get(orderId)
    if (running) return running
    const shipment = this.#ship(request).finally(() => this.#underWay.delete(orderId))
    this.#underWay.set(orderId, shipment)
    return shipment
  }

  async #ship(request: ShipmentRequest): Promise<Shipment> {
    const { orderId } = request
    const before = await this.find(orderId)
    if (before) return before
    const trackingId = await this.#label(`order-${orderId}-label`, request)
    const shipment: Shipment = { orderId, trackingId }
    const committed = await this.#store.commit({
      appends: [
        {
          stream: streamId('shipment', orderId),
          expected: 'absent',
          appendId: 'labelled',
          events: [
            {
              id: this.#runtime.id(),
              type: 'shipment.labelled',
              schema: 1,
              data: { ...shipment, country: request.country, units: request.units },
              meta: { correlation: orderId, causation: orderId },
            },
          ],
        },
      ],
      rows: [{ table: TABLE, key: orderId, value: shipment, ifVersion: 0 }],
    })
    if (committed.ok) return shipment
    const stored = await this.find(orderId)
    if (stored) return stored
    throw new WatertightError(committed.code, `a shipment was not stored: ${committed.what}`, { source: 'shipments' })
  }
}
