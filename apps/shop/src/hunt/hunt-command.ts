import { isWatertightError } from 'watertight'
import {
  eventsHunt,
  type Finding,
  hunt,
  type Hunted,
  type HuntReport,
  huntText,
  policiesHunt,
  readModelsHunt,
  sagaHunt,
} from 'watertight/simulation'
import { optionLines, type OptionSpec, parseCommandLine } from '../incident/command-line.ts'
import { type Console, consoleOn } from '../incident/console.ts'
import { onSignal } from '../supervisor/shutdown.ts'
import { EXIT, type ExitCode, PlainFailure } from '../supervisor/plain-failure.ts'
import { checkoutHunt } from './checkout-hunt.ts'

const DEFAULT_SEEDS = 500
const DEFAULT_FIRST_SEED = 1
const LARGEST_SEED = 4_294_967_295
const ALL = 'all'
/** Seeds between two looks at the clock of progress. */
const TELL_EVERY = 50

const HUNTS: Readonly<Record<string, () => Hunted>> = {
  checkout: () => checkoutHunt,
  events: eventsHunt,
  'read-models': readModelsHunt,
  saga: sagaHunt,
  policies: policiesHunt,
}

const OPTIONS = {
  seeds: { kind: 'whole', value: 'N', least: 1, most: 10_000_000, help: `how many seeds; default ${DEFAULT_SEEDS}` },
  'first-seed': { kind: 'whole', value: 'N', least: 0, most: LARGEST_SEED, help: 'the first of them; default 1' },
  only: { kind: 'text', value: 'KEYS', help: 'the faults and operations that happen, as a finding names them' },
  json: { kind: 'flag', help: 'print one JSON document on standard output, and nothing else there' },
  help: { kind: 'flag', help: 'this text' },
} as const satisfies Record<string, OptionSpec>

const HELP = `npm run shop -- hunt [${[ALL, ...Object.keys(HUNTS)].join('|')}] [options]
Runs the shop's checkout, or a part of the library, in simulated worlds in which processes die and stand still, databases
restart, and networks lose, delay and repeat; one world for each seed. What must hold is looked at after everything that
happens. A seed with which it does not is made small, and shown with the command that shows it again. Exit code 1 then.

${optionLines(OPTIONS)}
`

/** `npm run shop -- hunt`. */
export async function huntCommand(args: readonly string[]): Promise<ExitCode> {
  const line = args[0] === undefined || args[0].startsWith('-') ? [ALL, ...args] : args
  const { options, positionals } = parseCommandLine(line, OPTIONS, ['what to hunt in'])
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.fine
  }
  const [name = ALL] = positionals
  if (name !== ALL && !Object.hasOwn(HUNTS, name))
    throw new PlainFailure(`unknown hunt ${JSON.stringify(name)}; known: ${Object.keys(HUNTS).join(', ')}`, EXIT.usage)
  if (options.only !== undefined && name === ALL)
    throw new PlainFailure('--only needs the name of the hunt whose faults it names', EXIT.usage)
  onSignal((exitCode) => process.exit(exitCode))
  const reports: HuntReport[] = []
  const console = consoleOn(process.stderr)
  for (const [hunting, make] of Object.entries(HUNTS)) {
    if (name !== ALL && name !== hunting) continue
    const seeds = options.seeds ?? (options.only === undefined ? DEFAULT_SEEDS : 1)
    const report = await hunt(make(), {
      seeds,
      firstSeed: options['first-seed'] ?? DEFAULT_FIRST_SEED,
      ...(options.only !== undefined && { only: options.only.split(',') }),
      progress: (done) => tellProgress(console, hunting, done, seeds),
    }).catch(plainly)
    reports.push(report)
    console.say(`${hunting}: ${report.seeds} seeds done`)
    if (!options.json) process.stdout.write(huntText(report, commandOf))
  }
  if (options.json) process.stdout.write(`${JSON.stringify(reports)}\n`)
  return reports.every(({ holds }) => holds) ? EXIT.fine : EXIT.failed
}

/** The keys of `--only` are read by the hunt itself. */
function plainly(error: unknown): never {
  if (isWatertightError(error, 'INVALID_OPTION')) throw new PlainFailure(error.message, EXIT.usage)
  throw error
}

function tellProgress(console: Console, name: string, done: number, seeds: number): void {
  if (done % TELL_EVERY === 0) console.live(done / TELL_EVERY, `${name}: ${done} of ${seeds} seeds`)
}

function commandOf({ seed, only }: Finding, { hunted }: HuntReport): string {
  return `npm run shop -- hunt ${hunted} --first-seed ${seed} --only '${only.join(',')}'`
}
