import { setTimeout as sleep } from 'node:timers/promises'
import {
  consistencyChecker,
  decider,
  fanOut,
  parkedKeys,
  projection,
  readRow,
  runProjection,
  send,
  subscribe,
  upgradeProjection,
} from 'watertight/event-store'
import { memoryStore } from 'watertight/store'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

interface Paid {
  readonly pence: number
  readonly country: string
}

const order = decider('order', {
  initial: 0,
  evolve: { paid: (pence, e: Paid) => pence + e.pence },
  decide: { pay: (command: Paid, _pence) => ({ type: 'paid', data: command }) },
})
const { pay } = order.commands
const store = memoryStore()

// #region projection
const summary = projection<{ pence: number }>('order-summary', { version: 1 }) // a row for each stream
  .on(order.events.paid, (row = { pence: 0 }, { pence }) => ({ pence: row.pence + pence }))

const revenue = projection<number>('revenue', { version: 1, key: ({ meta }) => meta.actor }) // a row for each seller
  .on(order.events.paid, (row = 0, { pence }) => row + pence)

const shared = fanOut(store) // one reader of the log for all that follow it in this process
const running = [runProjection(summary, { store: shared }), runProjection(revenue, { store: shared })]
// #endregion

// #region read
const meta = { actor: 'ann' }
const paid = await send(store, order, 'o-1', pay({ pence: 255, country: 'UK' }), { meta })
const token = paid.ok ? paid.token : ''
print(`o-1: ${JSON.stringify(await readRow(summary, store, 'o-1', { atLeast: token, limit: '2s' }))}`)
print(`ann: ${await readRow(revenue, store, 'ann', { atLeast: token })}`)
// #endregion

// #region inline
const balance = projection<number>('balance', { version: 1 }).on(order.events.paid, (row = 0, { pence }) => row + pence)

await send(store, order, 'o-1', pay({ pence: 45, country: 'UK' }), { meta, inline: [balance] })
print(`in the same commit: ${await readRow(balance, store, 'o-1')}`) // with the 255 from before it was known
// #endregion

// #region parked
const taxes: Record<string, number> = { UK: 20 }
const taxed = projection<number>('taxed', { version: 1 }).on(order.events.paid, (row = 0, { pence, country }) => {
  const rate = taxes[country]
  if (rate === undefined) throw new RangeError(`no rate for ${country}`)
  return row + (pence * (100 + rate)) / 100
})
const taxing = runProjection(taxed, { store })
taxing.on('parked', ({ parked: { key, error } }) => print(`parked ${key}: ${error.message}`))

await send(store, order, 'o-2', pay({ pence: 100, country: 'IE' }))
const last = await send(store, order, 'o-3', pay({ pence: 100, country: 'UK' }))
print(`o-3 goes on: ${await readRow(taxed, store, 'o-3', { atLeast: last.ok ? last.token : '' })}`)

taxes['IE'] = 23 // the cause is mended
const keys = parkedKeys(taxed, { store })
for (const { key } of await keys.list()) await keys.retry(key) // or skip(key, { reason: '…' })
print(`o-2 has it all: ${await readRow(taxed, store, 'o-2')}`)
// #endregion

// #region upgrade
const summaryV2 = projection<{ pence: number; payments: number }>('order-summary', { version: 2 }).on(
  order.events.paid,
  (row = { pence: 0, payments: 0 }, { pence }) => ({ pence: row.pence + pence, payments: row.payments + 1 }),
)
const upgrade = upgradeProjection({
  store,
  previous: { projection: summary },
  next: { projection: summaryV2 },
  lift: (row) => ({ ...row, payments: 1 }), // what pages show until the flip
})
upgrade.on('flipped', ({ version }) => print(`version ${version} is live`))
while (!(await upgrade.flip())) await sleep(10) // without this it flips by itself, while the service runs
print(JSON.stringify(await upgrade.read('o-1')))
// #endregion

// #region consistency
await store.commit({ rows: [{ table: revenue.table(), key: 'ann', value: { at: 2, row: 999 } }] }) // somebody's mistake
const checker = consistencyChecker(revenue, { store, repair: true, retryDelay: 10 })
const { repaired } = await checker.check()
for (const { key, expected, actual } of repaired)
  print(`${key} said ${String(actual)}, the events say ${String(expected)}`)
// #endregion

// #region subscribe
const seen: string[] = []
const mails = subscribe({
  store: shared,
  name: 'receipts',
  types: [order.events.paid.type],
  handle: (batch, { crashes }) => {
    for (const { stream } of batch) if (crashes < 3) seen.push(stream.id) // else: put it aside, it kills its process
  },
})
await new Promise((resolve) => mails.on('handled', resolve))
print(`receipts for ${seen.join(', ')}; ${await mails.lag()} behind`)
// #endregion

await Promise.all([...running, taxing, upgrade, mails, checker].map((one) => one.close()))
await store.close()
