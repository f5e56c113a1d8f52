import { systemRuntime } from 'watertight'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { Entry } from '../import/entry.ts'
import { storeEntries } from '../import/store-entries.ts'
import { consoleOn } from '../incident/console.ts'
import { optionLines, type OptionSpec, parseCommandLine } from '../incident/command-line.ts'
import { shopStores } from '../process/shop-stores.ts'
import { repeatTo, takeOrders } from '../retail/take-orders.ts'
import { openDataFolder } from '../supervisor/data-folder.ts'
import { EXIT, type ExitCode } from '../supervisor/plain-failure.ts'
import { rebuild, type RebuildProgress, type RebuildResult } from './rebuild.ts'

const MOST_EVENTS = 10_000_000
const DEFAULT_EVENTS = 1_000_000
/** Generated orders; more are the same with new ids. */
const DISTINCT = 10_000
const MOST_NEW = 100_000

const OPTIONS = {
  events: {
    kind: 'whole',
    value: 'N',
    least: 1,
    most: MOST_EVENTS,
    help: 'old orders to rebuild from; default 1000000',
  },
  orders: {
    kind: 'text',
    value: 'FILE',
    help: 'orders to repeat with new ids (NDJSON, gzip or not); default: generated ones',
  },
  seed: { kind: 'whole', value: 'N', least: 0, most: 4_294_967_295, help: 'seed of generated orders; default 1' },
  data: {
    kind: 'text',
    value: 'DIR',
    help: 'folder of the database; default: a new temporary one, removed at the end',
  },
  json: { kind: 'flag', help: 'print one JSON document on standard output, and nothing else there' },
  help: { kind: 'flag', help: 'this text' },
} as const satisfies Record<string, OptionSpec>

const HELP = `npm run shop -- rebuild [options]
Stores old orders, then builds all read models anew from the first event while new orders go on, and compares them with the
events. Exit code 1 when they differ.

${optionLines(OPTIONS)}
`

/** `npm run shop -- rebuild`. */
export async function rebuildCommand(args: readonly string[]): Promise<ExitCode> {
  const { options } = parseCommandLine(args, OPTIONS, [])
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.fine
  }
  const wanted = options.events ?? DEFAULT_EVENTS
  // A file is repeated by whoever reads it; generated orders would each take memory of their own.
  const taken = options.orders === undefined ? Math.min(wanted, DISTINCT) : wanted
  const { orders, source } = await takeOrders(options.orders, options.seed ?? 1, taken)
  const console = consoleOn(process.stderr)
  const folder = await openDataFolder(options.data)
  const store = await shopStores(folder.path).open('orders')
  let result: RebuildResult
  try {
    console.say(`storing ${wanted} orders (${source}) in ${folder.path}`)
    const startedAt = performance.now()
    await storeEntries(store, systemRuntime, entriesOf(orders, '', wanted), (done) => {
      if (done % 1_000 === 0 || done === wanted) console.live(secondsSince(startedAt), `stored ${done} of ${wanted}`)
    })
    console.say(`stored in ${secondsSince(startedAt)} s; building all read models while new orders come`)
    const fresh = entriesOf(orders, `n${Date.now()}-`, MOST_NEW)
    result = await rebuild(store, systemRuntime, fresh, (now) =>
      console.live(Math.round(now.seconds), progressLine(now)),
    )
  } finally {
    await store.close()
    folder.unlock()
    if (folder.temporary) await folder.remove()
  }
  process.stdout.write(options.json ? `${JSON.stringify({ source, ...result })}\n` : resultText(result))
  return result.agrees ? EXIT.fine : EXIT.failed
}

function* entriesOf(orders: readonly RetailOrder[], prefix: string, count: number): Generator<Entry> {
  for (const { id, placedAt, customerId, country, lines } of repeatTo(orders, count))
    yield {
      kind: 'order',
      id: `${prefix}${id}`,
      placedAt,
      customerId,
      country,
      lines: lines.map((line, index) => ({ ...line, rounding: 0, line: index + 1 })),
    }
}

function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1_000)
}

function progressLine({ lag, added }: RebuildProgress): string {
  const behind = Object.entries(lag).map(([name, events]) => `${name.replace(/^projection\//, '')} ${events}`)
  return `behind: ${behind.join(', ')} events; ${added} new orders meanwhile`
}

function resultText({ events, addedMeanwhile, seconds, eventsPerSecond, readModels, agrees }: RebuildResult): string {
  return [
    agrees ? 'The read models say what the events say.' : 'THE READ MODELS DIFFER FROM THE EVENTS.',
    '',
    `${events} events in ${seconds.toFixed(1)} s, ${Math.round(eventsPerSecond)} a second; ${addedMeanwhile} of them came meanwhile`,
    ...Object.entries(readModels).map(
      ([what, counted]) => `${what.padEnd(24)}${counted.events} by the events, ${counted.readModel} by the rows`,
    ),
    '',
  ].join('\n')
}
