import { systemRuntime as runtime, WatertightError } from 'watertight'
import { memoryStore, type Store, streamId } from 'watertight/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Shipments } from './shipments.ts'

const request = { orderId: '536365', country: 'EIRE', units: 4 }

/** A carrier that gives the same label for the same key. */
function carrier() {
  const labels = new Map<string, string>()
  return {
    labels,
    asked: 0,
    label(key: string): Promise<string> {
      this.asked++
      const label = labels.get(key) ?? `label-${labels.size + 1}`
      labels.set(key, label)
      return Promise.resolve(label)
    },
  }
}

describe('Shipments', () => {
  let store: Store
  beforeEach(() => {
    store = memoryStore({ runtime })
  })
  afterEach(() => store.close())

  it('ships an order once, however often and however concurrently it is asked for', async () => {
    const own = carrier()
    const shipments = new Shipments({ store, runtime, label: (key) => own.label(key) })
    const answers = await Promise.all([1, 2, 3].map(() => shipments.ship(request)))
    answers.push(await shipments.ship(request))
    expect(new Set(answers.map(({ trackingId }) => trackingId))).toEqual(new Set(['label-1']))
    expect(own.asked).toBe(1)
    expect((await store.readStream(streamId('shipment', request.orderId))).version).toBe(1)
  })

  it('gets the same label when the first answer of the carrier was lost', async () => {
    const own = carrier()
    const shipments = new Shipments({
      store,
      runtime,
      async label(key) {
        const label = await own.label(key)
        if (own.asked === 1) throw new WatertightError('CONNECTION_LOST', 'the answer was lost', { retryable: true })
        return label
      },
    })
    await expect(shipments.ship(request)).rejects.toThrow('the answer was lost')
    await expect(shipments.ship(request)).resolves.toEqual({ orderId: request.orderId, trackingId: 'label-1' })
    expect(own.labels.size).toBe(1)
  })

  it('stores one shipment when two processes ship the same order at once', async () => {
    const own = carrier()
    const desks = [1, 2].map(() => new Shipments({ store, runtime, label: (key) => own.label(key) }))
    const answers = await Promise.all(desks.map((desk) => desk.ship(request)))
    expect(answers[0]).toEqual(answers[1])
    expect((await store.readStream(streamId('shipment', request.orderId))).version).toBe(1)
  })
})
