import { memoryStore, type Store } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { expect, it } from 'vitest'
import { order } from './orders.fixture.ts'
import { OrderBook } from './order-book.ts'
import { Placing, type PlacingOptions } from './placing.ts'

/** Begins checkouts that nobody drives: one commit, as the engine makes it, and refused like there. */
function starting(store: Store): PlacingOptions['start'] {
  return async (_input, also) => {
    const committed = await store.commit(also)
    if (!committed.ok) return undefined
    return { reached: async () => ({ status: 'waiting' }), done: new Promise(() => {}) }
  }
}

/** Lets `meanwhile` happen after the rows were looked at and before the first stream is. */
function interrupted(store: Store, meanwhile: () => Promise<unknown>): Store {
  let isFirst = true
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]): Promise<unknown> => {
        if (name === 'readStream' && isFirst) {
          isFirst = false
          await meanwhile()
        }
        const answer: unknown = await value.apply(target, args)
        return answer
      }
    },
  })
}

it.each([
  { second: 'key', told: { kind: 'accepted' } },
  { second: 'another', told: { kind: 'orderExists' } },
])(
  'tells a request that the same order overtook between two looks what became of it (key: $second)',
  async ({ second, told }) => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const first = new Placing({ book: new OrderBook({ store, runtime }), start: starting(store) })
    const seen = interrupted(store, () => first.place(order('1'), 'key'))
    const late = new Placing({ book: new OrderBook({ store: seen, runtime }), start: starting(store) })
    expect(await runtime.run(late.place(order('1'), second))).toEqual(told)
  },
)
