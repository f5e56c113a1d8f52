import fc from 'fast-check'
import { WatertightError } from 'watertight'
import { reject } from 'watertight/event-store'
import { sagaEngine } from 'watertight/saga'
import { memoryStore } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { expect, it } from 'vitest'
import { checkoutSaga, type Ask } from './checkout.ts'
import { order } from './orders.fixture.ts'
import { OrderBook } from './order-book.ts'
import { checkoutInput, Placing } from './placing.ts'

/** Longer than the few failures of a script can delay a checkout. */
const LONG = '2m'

/** `lost`: done, but nobody hears of it; `down`: not done, but nobody knows. */
type Behaviour = 'ok' | 'lost' | 'down' | 'no'

const script = fc.array(fc.constantFrom<Behaviour>('ok', 'lost', 'down', 'no'), { maxLength: 4 })

/** A participant that does a thing once per key, undoes it, and refuses a key that was undone. */
class Participant {
  readonly done = new Set<string>()
  readonly closed = new Set<string>()
  readonly #script: Behaviour[]

  constructor(behaviours: readonly Behaviour[]) {
    this.#script = [...behaviours]
  }

  run = async ({ key }: Ask): Promise<'done' | 'no'> => {
    const behaviour = this.#script.shift() ?? 'ok'
    if (behaviour === 'down') throw lost()
    if (this.closed.has(key) || (behaviour === 'no' && !this.done.has(key))) return 'no'
    this.done.add(key)
    if (behaviour === 'lost') throw lost()
    return 'done'
  }

  undo = async ({ key }: Ask): Promise<void> => {
    const behaviour = this.#script.shift() ?? 'ok'
    if (behaviour === 'down') throw lost()
    this.done.delete(key)
    this.closed.add(key)
    if (behaviour === 'lost') throw lost()
  }
}

function lost(): WatertightError {
  return new WatertightError('CONNECTION_LOST', 'no answer', { retryable: true })
}

it('ends paid, reserved and shipped, or with everything undone, whatever the participants do', async () => {
  await fc.assert(
    fc.asyncProperty(script, script, script, async (inventoryScript, paymentsScript, shippingScript) => {
      const runtime = new VirtualRuntime()
      const store = memoryStore({ runtime })
      const book = new OrderBook({ store, runtime })
      const inventory = new Participant(inventoryScript)
      const payments = new Participant(paymentsScript)
      const shipping = new Participant(shippingScript.filter((behaviour) => behaviour !== 'no'))
      const checkout = checkoutSaga(
        {
          inventory: {
            reserve: async (ask) => ((await inventory.run(ask)) === 'no' ? reject('OUT_OF_STOCK') : null),
            release: inventory.undo,
          },
          payments: {
            charge: async (ask) => ((await payments.run(ask)) === 'no' ? reject('DECLINED') : null),
            find: async ({ key }) => payments.done.has(key),
            refund: payments.undo,
          },
          shipping: {
            ship: async (ask) => {
              await shipping.run(ask)
              return { trackingId: 'track' }
            },
          },
          notifications: { completed: async () => {} },
          analytics: { count: async () => Promise.reject(lost()) },
        },
        book,
      )
      const engine = sagaEngine({ store, runtime, sagas: [checkout] })
      const placing = new Placing({
        book,
        start: (input, also) => engine.start(checkout, input.orderId, input, { also }),
      })
      const placed = placing.place(order('1'), 'key')
      await runtime.advance(LONG)
      await expect(placed).resolves.toMatchObject({ kind: 'accepted' })

      const view = await book.find('1')
      const held = [inventory, payments, shipping].map(({ done }) => done.size)
      expect([view?.status, held]).toEqual(
        view?.status === 'completed' ? ['completed', [1, 1, 1]] : ['cancelled', [0, 0, 0]],
      )
      await runtime.run(engine.close())
      await store.close()
    }),
    { numRuns: 60 },
  )
})

it('knows of an order of fees only that there is nothing to reserve', () => {
  const { goods, totalMinor, day } = checkoutInput(
    order('1', { lines: [{ sku: 'POST', description: null, quantity: 1, unitPriceMinor: 5 }] }),
  )
  expect({ goods, totalMinor, day }).toEqual({ goods: [], totalMinor: 5, day: '2011-12-09' })
})
