import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { systemRuntime } from 'watertight'
import { shopStores } from '../process/shop-stores.ts'
import { openDataFolder } from '../supervisor/data-folder.ts'
import { EXIT, type ExitCode, inOneLine, PlainFailure } from '../supervisor/plain-failure.ts'
import { optionLines, type OptionSpec, parseCommandLine } from '../incident/command-line.ts'
import { type Balance, balance } from './balance.ts'
import { KINDS } from './entry.ts'
import { inPounds } from './money.ts'
import { readRetailFile } from './read-file.ts'
import { COLUMNS, type Reject } from './row.ts'
import { sortRows } from './sort-rows.ts'
import { storeEntries, type Stored } from './store-entries.ts'

const OPTIONS = {
  data: {
    kind: 'text',
    value: 'DIR',
    help: 'the data folder of a shop, whose orders service keeps the entries; without it nothing is stored',
  },
  rejects: {
    kind: 'text',
    value: 'OUT.csv',
    help: 'where rejected rows go; default: FILE.rejects.csv, when there are any',
  },
  zone: { kind: 'text', value: 'ZONE', help: 'the time zone of the file, which names none; default Europe/London' },
  json: { kind: 'flag', help: 'print one JSON document on standard output, and nothing else there' },
  help: { kind: 'flag', help: 'this text' },
} as const satisfies Record<string, OptionSpec>

const HELP = `npm run shop -- import FILE.csv [options]
Reads the raw retail file. Every row ends in an order, a cancellation, a stock adjustment, a ledger entry or the rejects, by these
rules, in this order:
  1. a number with C is a cancellation: negative quantities, prices of 0 or more;
  2. a number with A, or an invoice of nothing but AMAZONFEE, BANK CHARGES, B and CRUK, is a ledger entry;
  3. no customer and every price 0: a stock adjustment;
  4. anything else is an order: positive quantities, prices of 0 or more.
Equal rows stay. A row that fits nothing is rejected with its line and the reason. Exit code 1 when rows or money do not add up.

${optionLines(OPTIONS)}
`

const DEFAULT_ZONE = 'Europe/London'
const WIDTH = 18

/** What an import came to: what `--json` prints. */
interface ImportRecord {
  readonly file: string
  readonly zone: string
  readonly balance: Balance
  /** Invoices in the hour that comes twice; the first one was taken. */
  readonly ambiguousTimes: number
  readonly rejectsFile: string | null
  readonly store: Stored | null
}

/** `npm run shop -- import FILE.csv`. */
export async function importCommand(args: readonly string[]): Promise<ExitCode> {
  const { options, positionals } = parseCommandLine(args, OPTIONS, args.includes('--help') ? [] : ['the file FILE.csv'])
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.fine
  }
  const [file = ''] = positionals
  const zone = options.zone ?? DEFAULT_ZONE
  const read = await readRetailFile(file, zone)
  const { entries, rejects: misfits, ambiguousTimes } = sortRows(read.rows)
  const rejects = [...read.rejects, ...misfits].toSorted((a, b) => a.line - b.line)
  const rejectsFile =
    rejects.length > 0 || options.rejects !== undefined ? (options.rejects ?? `${file}.rejects.csv`) : null
  if (rejectsFile !== null) await writeRejects(rejectsFile, rejects)

  let stored: Stored | null = null
  if (options.data !== undefined) {
    const folder = await openDataFolder(options.data)
    try {
      const stores = shopStores(folder.path)
      const store = await stores.open('orders')
      try {
        stored = await storeEntries(store, systemRuntime, entries, progressOf(entries.length))
      } finally {
        await store.close()
      }
    } finally {
      folder.unlock()
    }
  }

  const record: ImportRecord = {
    file,
    zone,
    balance: balance(read.input, entries, rejects),
    ambiguousTimes,
    rejectsFile,
    store: stored,
  }
  process.stdout.write(options.json ? `${JSON.stringify(record)}\n` : importText(record))
  return record.balance.addsUp && (stored?.different.length ?? 0) === 0 ? EXIT.fine : EXIT.failed
}

/** The rejected rows as they stood in the file, behind their line and the reason. @throws PlainFailure when it cannot be written. */
async function writeRejects(path: string, rejects: readonly Reject[]): Promise<void> {
  const lines = [
    ['line', 'reason', ...COLUMNS],
    ...rejects.map(({ line, reason, cells }) => [String(line), reason, ...cells]),
  ]
  try {
    await pipeline(
      lines.map((cells) => `${cells.map(quoted).join(',')}\n`),
      createWriteStream(path),
    )
  } catch (error) {
    throw new PlainFailure(`--rejects ${path}: cannot be written: ${inOneLine(error)}`, EXIT.failed, { cause: error })
  }
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

function progressOf(total: number): (done: number) => void {
  const every = Math.max(1, Math.floor(total / 100))
  return (done) => {
    if (process.stderr.isTTY && (done % every === 0 || done === total))
      process.stderr.write(`\rstoring: ${done} of ${total}${done === total ? '\n' : ''}`)
  }
}

function importText({ file, zone, balance: sums, ambiguousTimes, rejectsFile, store }: ImportRecord): string {
  const row = (name: string, ...cells: readonly (string | number)[]): string =>
    `${name.padEnd(WIDTH)}${cells.map((cell) => String(cell).padStart(WIDTH)).join('')}`
  return [
    sums.addsUp ? `All of ${file} is accounted for.` : `${file} DOES NOT ADD UP.`,
    '',
    row('', 'invoices', 'rows', 'pounds'),
    ...KINDS.map((kind) =>
      row(kind, sums.kinds[kind].invoices, sums.kinds[kind].rows, inPounds(sums.kinds[kind].amount)),
    ),
    row('rejected', '', sums.rejected.rows, inPounds(sums.rejected.amount)),
    row('parts of pennies', '', '', inPounds(sums.rounding)),
    row('in the file', '', sums.input.rows, inPounds(sums.input.amount)),
    '',
    `times are read as ${zone}, which the file does not say; ${ambiguousTimes} were in the hour that comes twice`,
    ...(rejectsFile === null ? [] : [`rejected rows, with their lines and reasons: ${rejectsFile}`]),
    store === null
      ? 'nothing was stored: name a data folder with --data DIR'
      : `stored ${store.stored}, already there ${store.repeated}, there with other content ${store.different.length}${store.different.length > 0 ? `: ${store.different.slice(0, 10).join(', ')}` : ''}`,
    '',
  ].join('\n')
}
