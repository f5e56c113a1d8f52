import { HIGHEST_BASE } from '../supervisor/ports.ts'
import type { OptionSpec, ParsedLine } from './command-line.ts'

const LARGEST_SEED = 4_294_967_295

const FLAG_JSON: OptionSpec & { kind: 'flag' } = {
  kind: 'flag',
  help: 'print one JSON document on standard output, and nothing else there',
}
const FLAG_HELP: OptionSpec & { kind: 'flag' } = { kind: 'flag', help: 'this text' }

/** What every command that starts the shop understands. */
export const SHOP_OPTIONS = {
  orders: {
    kind: 'text',
    value: 'FILE',
    help: 'replay the orders of FILE (NDJSON, gzip or not); default: generated ones',
  },
  seed: { kind: 'whole', value: 'N', least: 0, most: LARGEST_SEED, help: 'seed of all chances; default 1' },
  port: {
    kind: 'whole',
    value: 'BASE',
    least: 1024,
    most: HIGHEST_BASE,
    help: 'ports BASE, BASE+1 …; default: free ones',
  },
  data: { kind: 'text', value: 'DIR', help: 'folder of databases and logs; default: a new temporary one' },
  unprotected: { kind: 'flag', help: 'the same shop without its protection' },
  help: FLAG_HELP,
} as const satisfies Record<string, OptionSpec>

/** What `npm start` understands. */
export const INCIDENT_OPTIONS = {
  ...SHOP_OPTIONS,
  rate: {
    kind: 'whole',
    value: 'N',
    least: 1,
    most: 100_000,
    help: 'requests a second on an ordinary day; default 40',
  },
  spike: { kind: 'whole', value: 'N', least: 1, most: 100_000, help: 'requests a second in the spike; default 600' },
  seconds: { kind: 'whole', value: 'N', least: 3, most: 3_600, help: 'length of the spike; default 36' },
  compare: { kind: 'flag', help: 'both days side by side: protected, then unprotected' },
  keep: { kind: 'flag', help: 'keep a temporary data folder also when the incident was contained' },
  json: FLAG_JSON,
} as const satisfies Record<string, OptionSpec>

export const KILL_TEST_OPTIONS = {
  seeds: { kind: 'whole', value: 'N', least: 1, most: 1_000, help: 'how many seeds; default 3' },
  'first-seed': { kind: 'whole', value: 'N', least: 0, most: LARGEST_SEED, help: 'the first of them; default 1' },
  port: SHOP_OPTIONS.port,
  json: FLAG_JSON,
  help: FLAG_HELP,
} as const satisfies Record<string, OptionSpec>

export const READ_OPTIONS = { json: FLAG_JSON, help: FLAG_HELP } as const satisfies Record<string, OptionSpec>

const DEFAULT_SEED = 1
const DEFAULT_RATE = 40
const DEFAULT_SPIKE = 600
const DEFAULT_SECONDS = 36

/** What an incident is run with; part of its record. */
export interface IncidentOptions {
  readonly orders?: string
  readonly rate: number
  readonly spike: number
  readonly seconds: number
  readonly seed: number
  readonly port?: number
  readonly data?: string
  readonly keep: boolean
}

/** The options of a run, with their defaults. */
export function incidentOptions({ options }: ParsedLine<typeof INCIDENT_OPTIONS>): IncidentOptions {
  const { orders, port, data, keep } = options
  return {
    rate: options.rate ?? DEFAULT_RATE,
    spike: options.spike ?? DEFAULT_SPIKE,
    seconds: options.seconds ?? DEFAULT_SECONDS,
    seed: options.seed ?? DEFAULT_SEED,
    keep,
    ...(orders !== undefined && { orders }),
    ...(port !== undefined && { port }),
    ...(data !== undefined && { data }),
  }
}
