import type { Runtime } from 'watertight'
import {
  dropProjection,
  fanOut,
  listRows,
  readRow,
  runProjection,
  type RunningProjection,
} from 'watertight/event-store'
import type { Store } from 'watertight/store'
import { isFee } from '../contract/retail-order.ts'
import type { Entry } from '../import/entry.ts'
import { storeEntries } from '../import/store-entries.ts'
import { entryMinor, HISTORY } from './history-events.ts'
import { ALL_ARTICLES, bestsellers, dailyRevenue, pastEntries, READ_MODELS, topArticles } from './read-models.ts'

/** Events handed to a read model at once. */
const BATCH = 1_000
const LOOK_EVERY_MS = 1_000
const NEW_EVERY_MS = 20
const LEASE = '10s'
const PAGE = 1_000

/** How far a rebuild has come. */
export interface RebuildProgress {
  readonly seconds: number
  /** Events that each read model has still to see, by its name. */
  readonly lag: Readonly<Record<string, number>>
  /** New orders that came meanwhile. */
  readonly added: number
}

/** What the events say, and what the read models say. */
export interface RebuildResult {
  readonly events: number
  readonly addedMeanwhile: number
  readonly seconds: number
  readonly eventsPerSecond: number
  /** The same sum counted over the events and over the rows, by what is counted. */
  readonly readModels: Readonly<Record<string, { readonly events: number; readonly readModel: number }>>
  /** Whether they say the same. */
  readonly agrees: boolean
}

/**
 * Builds all read models anew from the first event while new orders go on, and compares them with the events.
 *
 * @param added new orders, which come one by one until all read models have caught up.
 */
export async function rebuild(
  store: Store,
  runtime: Runtime,
  added: Iterator<Entry>,
  progress: (now: RebuildProgress) => void,
): Promise<RebuildResult> {
  for (const model of READ_MODELS) await dropProjection(model, { store })
  const startedAt = runtime.now()
  const log = fanOut(store)
  const running = READ_MODELS.map((model) =>
    runProjection(model, { store: log, runtime, categories: [HISTORY], batch: BATCH, leaseTtl: LEASE }),
  )
  const trade = new NewOrders(store, runtime, added)
  try {
    for (;;) {
      const lag = await lagOf(running)
      progress({ seconds: (runtime.now() - startedAt) / 1_000, lag, added: trade.count })
      if (Object.values(lag).every((events) => events < BATCH)) break
      await pause(runtime, LOOK_EVERY_MS)
    }
    await trade.stop()
    while (Object.values(await lagOf(running)).some((events) => events > 0)) await pause(runtime, NEW_EVERY_MS)
  } finally {
    await trade.stop()
    await Promise.all(running.map((one) => one.close()))
  }
  const seconds = (runtime.now() - startedAt) / 1_000
  const compared = await compare(store)
  return {
    events: compared.events,
    addedMeanwhile: trade.count,
    seconds,
    eventsPerSecond: compared.events / seconds,
    readModels: compared.readModels,
    agrees: Object.values(compared.readModels).every(({ events, readModel }) => events === readModel),
  }
}

/** Orders that go on while something else does. */
class NewOrders {
  count = 0
  #stopped = false
  readonly #done: Promise<void>

  constructor(store: Store, runtime: Runtime, orders: Iterator<Entry>) {
    this.#done = this.#goOn(store, runtime, orders)
    // Who waits for it hears of it.
    this.#done.catch(() => {})
  }

  stop(): Promise<void> {
    this.#stopped = true
    return this.#done
  }

  async #goOn(store: Store, runtime: Runtime, orders: Iterator<Entry>): Promise<void> {
    while (!this.#stopped) {
      const next = orders.next()
      if (next.done === true) return
      const { stored } = await storeEntries(store, runtime, [next.value])
      this.count += stored
      await pause(runtime, NEW_EVERY_MS)
    }
  }
}

async function lagOf(running: readonly RunningProjection[]): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries(await Promise.all(running.map(async (one) => [one.name, await one.lag()] as const)))
}

/** Counts the same by two ways: over the events, one by one, and over the rows. */
async function compare(store: Store): Promise<Pick<RebuildResult, 'events' | 'readModels'>> {
  const said = { invoicesOfCustomers: 0, pence: 0, units: 0 }
  let events = 0
  for await (const entry of entriesOf(store)) {
    events++
    if (entry.customerId !== null) said.invoicesOfCustomers++
    if (entry.kind !== 'stock-adjustment') said.pence += entryMinor(entry)
    if (entry.kind === 'order' || entry.kind === 'cancellation') said.units += goods(entry)
  }
  let invoicesOfCustomers = 0
  for (let after: string | undefined; ; ) {
    const page = await listRows(pastEntries, store, { max: PAGE, ...(after !== undefined && { after }) })
    const last = page.at(-1)
    if (last === undefined) break
    invoicesOfCustomers += page.length
    after = last.key
  }
  const days = await listRows(dailyRevenue, store, { max: PAGE * PAGE })
  const pence = days.reduce((sum, { row }) => sum + row.revenueMinor + row.refundedMinor + row.ledgerMinor, 0)
  const sales = topArticles((await readRow(bestsellers, store, ALL_ARTICLES)) ?? {}, Number.MAX_SAFE_INTEGER)
  const units = sales.reduce((sum, article) => sum + article.units, 0)
  return {
    events,
    readModels: {
      'invoices of customers': { events: said.invoicesOfCustomers, readModel: invoicesOfCustomers },
      pence: { events: said.pence, readModel: pence },
      'units sold': { events: said.units, readModel: units },
    },
  }
}

async function* entriesOf(store: Store): AsyncGenerator<Entry> {
  for (let after = 0; ; ) {
    const { events, settled } = await store.readLog({ after, max: PAGE, categories: [HISTORY] })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the import writes such streams
    for (const { data } of events) yield data as Entry
    if (settled <= after) return
    after = settled
  }
}

function goods({ lines }: Entry): number {
  return lines.reduce((sum, line) => (isFee(line) ? sum : sum + line.quantity), 0)
}

function pause(runtime: Runtime, ms: number): Promise<void> {
  return new Promise((resolve) => {
    runtime.timer(ms, resolve, true)
  })
}
