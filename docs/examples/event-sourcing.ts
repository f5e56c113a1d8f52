import { decider, load, reject, send } from 'watertight/event-store'
import { memoryStore, streamId } from 'watertight/store'
import { given } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region decider
interface Cart {
  readonly isClosed: boolean
  readonly items: Readonly<Record<string, number>>
}
const empty: Cart = { isClosed: false, items: {} }

interface AddItem {
  readonly sku: string
  readonly quantity: number
}

export const cart = decider('cart', {
  initial: empty,
  evolve: {
    itemAdded: (state, { sku, quantity }: AddItem) => ({
      ...state,
      items: { ...state.items, [sku]: (state.items[sku] ?? 0) + quantity },
    }),
    closed: (state) => ({ ...state, isClosed: true }),
  },
  decide: {
    addItem: (item: AddItem, { isClosed }) => (isClosed ? reject('CART_CLOSED') : { type: 'itemAdded', data: item }),
    close: (_: undefined, { isClosed }) => (isClosed ? [] : { type: 'closed', data: undefined }),
  },
  // Carts of last year had no quantity: it was always one.
  upcast: { 'itemAdded@1': (data) => ({ quantity: 1, ...data }) },
  // The state is kept with every hundredth event, so that not all of a long stream is read each time.
  snapshot: { every: 100, schema: 1 },
})
// #endregion

const store = memoryStore()

// #region send
const { addItem, close } = cart.commands
const options = { idempotencyKey: 'request-4711' }

const first = await send(store, cart, 'c-17', addItem({ sku: '85123A', quantity: 6 }), options)
const again = await send(store, cart, 'c-17', addItem({ sku: '85123A', quantity: 6 }), options)
print(`version ${first.ok && first.version}, and the repetition: ${again.ok && again.version}`)

await send(store, cart, 'c-17', close(undefined))
const late = await send(store, cart, 'c-17', addItem({ sku: '22423', quantity: 1 }))
print(late.ok ? 'added' : `no: ${late.rejection.code}`)

const { state } = await load(store, cart, 'c-17')
print(JSON.stringify(state))
// #endregion

// #region old
const old = { id: 'e-1', type: 'cart.itemAdded', schema: 1, data: { sku: '22423' } } // as last year's code wrote it
const events = [{ ...old, meta: { correlation: 'r-1', causation: 'r-1' } }]
await store.commit({ appends: [{ stream: streamId('cart', 'c-1'), expected: 'absent', appendId: 'r-1', events }] })
print(JSON.stringify((await load(store, cart, 'c-1')).state.items))
// #endregion

// #region kit
const added = cart.events.itemAdded({ sku: '85123A', quantity: 6 })
given(cart)
  .when(addItem({ sku: '85123A', quantity: 6 }))
  .expectEvents(added)
given(cart, added, cart.events.closed(undefined))
  .when(addItem({ sku: '22423', quantity: 1 }))
  .expectRejection('CART_CLOSED')
// #endregion

// #region retention
for (let i = 1; i <= 120; i++) await send(store, cart, 'c-18', addItem({ sku: '85123A', quantity: 1 }))
await store.commit({ retention: [{ stream: streamId('cart', 'c-18'), truncate: 100 }] }) // the snapshot has these
print(JSON.stringify((await load(store, cart, 'c-18')).state.items))
// #endregion

await store.close()
