import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reject } from 'watertight/event-store'
import { saga, sagaEngine, type Input } from 'watertight/saga'
import { sqliteStore } from 'watertight/sqlite'

interface Order {
  readonly sku: string
  readonly pence: number
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

// A saga is data: named steps, each with what undoes it. The key is the same on every try: hand it to whom you call.
const checkout = saga('checkout', { version: 1 }, (s: Input<Order>) =>
  s
    .step('reserve', {
      run: ({ input, key }) => say(`reserve ${input.sku} under ${key}`),
      undo: ({ input }) => say(`release ${input.sku}`),
    })
    .step('charge', {
      run: ({ input }) => (input.pence > 10_000 ? reject('DECLINED') : say(`charge ${input.pence}`)),
      undo: () => say('refund'),
    })
    .pivot() // from here on only forward: what follows is repeated until it is done
    .step('ship', { run: ({ input }) => say(`ship ${input.sku}`) }),
)

const folder = await mkdtemp(join(tmpdir(), 'checkout-'))
const store = await sqliteStore({ file: join(folder, 'orders.db') }) // every step is on disk before the next begins
const engine = sagaEngine({ store, sagas: [checkout] })

for (const order of [
  { id: 'o1', sku: '85123A', pence: 255 },
  { id: 'o2', sku: '22423', pence: 12_750 },
]) {
  const started = await engine.start(checkout, order.id, order)
  say(`${order.id} ${(await started.done).outcome}`)
}

await engine.close()
await store.close()
await rm(folder, { recursive: true })
