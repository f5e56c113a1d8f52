import { fallback, fallbackChain, pipeline } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region value
const orders = pipeline('orders', fallback({ status: 'pending' }))

const order = await orders.run(() => Promise.reject(new Error('payments is down')))
print(order.status)
// #endregion

// #region chain
const replica = (): Promise<number> => Promise.reject(new Error('replica is down'))
const lastKnown = new Map([['85123A', 40]])

const stock = pipeline('stock', fallbackChain([replica, ({ args: [sku] }) => lastKnown.get(sku as string) ?? 0, 0]))

const inStock = stock.wrap((sku: string): Promise<number> => Promise.reject(new Error(`no answer for ${sku}`)))
print(`${await inStock('85123A')} in stock, as far as we know`)
// #endregion

// #region question
const notFound = Object.assign(new Error('no such order'), { status: 404 })
await orders.run(() => Promise.reject(notFound)).catch(() => print('a 404 is an answer, and is handed on'))
// #endregion
