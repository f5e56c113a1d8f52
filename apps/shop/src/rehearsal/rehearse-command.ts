import { readFile } from 'node:fs/promises'
import { type Progress, rehearse, type RunRecord } from 'watertight/simulation'
import { type OptionSpec, optionLines, parseCommandLine } from '../incident/command-line.ts'
import { consoleOn } from '../incident/console.ts'
import { INCIDENT_OPTIONS, incidentOptions, type IncidentOptions } from '../incident/options.ts'
import type { IncidentRecord } from '../incident/record.ts'
import { protections } from '../protection/protections.ts'
import { EXIT, type ExitCode, inOneLine, PlainFailure } from '../supervisor/plain-failure.ts'
import { type Agreement, sideBySide, TOLERANCE } from './against.ts'
import { agreementText } from './agreement-text.ts'
import { LiveDay } from './live-day.ts'
import { liveRunOf } from './live-run.ts'

const PERCENT = 100

const { rate, spike, seconds, seed, unprotected, json, help } = INCIDENT_OPTIONS

const REHEARSE_OPTIONS = {
  against: { kind: 'text', value: 'FILE', help: 'compare with the record that `npm start -- --json` has printed' },
  seeds: { kind: 'whole', value: 'N', least: 1, most: 100, help: 'how many seeds; default 1, and 3 with --against' },
  seed,
  rate,
  spike,
  seconds,
  unprotected,
  json,
  help,
} as const satisfies Record<string, OptionSpec>

const SEEDS_AGAINST = 3

const HELP = `npm run shop -- rehearse [options]
The day of npm start on the simulator, in a few seconds: same requests, same options, modelled processes. With --against it is held
against a real run: goodput has to be within ${TOLERANCE * PERCENT}% of the real one in each phase, for every seed.
Exit code: 0 contained (with --against: it agrees), 1 not, 2 usage.

${optionLines(REHEARSE_OPTIONS)}
`

type Day = Pick<IncidentOptions, 'rate' | 'spike' | 'seconds' | 'seed'> & { readonly unprotected: boolean }

/** `npm run shop -- rehearse`. */
export async function rehearseCommand(args: readonly string[]): Promise<ExitCode> {
  const { options } = parseCommandLine(args, REHEARSE_OPTIONS, [])
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.fine
  }
  const record = options.against === undefined ? undefined : await readRecord(options.against, options.unprotected)
  const day = dayOf(options, record)
  const runs = await runsOf(day, options.seeds ?? (record === undefined ? 1 : SEEDS_AGAINST))
  const agreement = sideBySide(record, runs)
  if (record !== undefined) tellOfSchedule(day, record)
  process.stdout.write(
    options.json ? `${JSON.stringify({ day, agreement, runs })}\n` : agreementText(agreement, runs, record),
  )
  return isFine(agreement, runs, record) ? EXIT.fine : EXIT.failed
}

function isFine({ agrees }: Agreement, runs: readonly RunRecord[], record: IncidentRecord | undefined): boolean {
  return record === undefined ? runs.every(({ verdict }) => verdict.contained) : agrees
}

/** The day of the record, unless something else is asked for. */
function dayOf(
  options: { readonly [Name in keyof Day]: Day[Name] | undefined },
  record: IncidentRecord | undefined,
): Day {
  const none = { options: { ...parseCommandLine([], INCIDENT_OPTIONS, []).options }, positionals: [] }
  const usual = record?.options ?? incidentOptions(none)
  return {
    rate: options.rate ?? usual.rate,
    spike: options.spike ?? usual.spike,
    seconds: options.seconds ?? usual.seconds,
    seed: options.seed ?? usual.seed,
    unprotected: record === undefined ? options.unprotected === true : record.protection === 'unprotected',
  }
}

async function runsOf({ unprotected: bare, seed: first, ...rates }: Day, count: number): Promise<readonly RunRecord[]> {
  const name = bare ? 'unprotected' : 'protected'
  const console = consoleOn(process.stderr)
  const runs: RunRecord[] = []
  for (let index = 0; index < count; index++) {
    const at = first + index
    const progress = ({ nowMs, untilMs }: Progress): void => {
      if (process.stderr.isTTY) console.live(0, `seed ${at}: ${Math.round((nowMs / untilMs) * PERCENT)}%`)
    }
    const given = { seed: at, options: protections[name], configuration: name, control: false, progress }
    const run = await rehearse(liveRunOf(rates), given)
    console.say(`seed ${at}: ${run.eventCount} events`)
    runs.push(run)
  }
  return runs
}

/** A run with orders of its own asked for other goods, at the same instants: told, and no obstacle. */
function tellOfSchedule(day: Day, record: IncidentRecord): void {
  const same = new LiveDay(day, record.seed).scheduleHash === record.scheduleHash
  if (!same) process.stderr.write('the real run asked for other goods, or at other rates: only rates are compared\n')
}

async function readRecord(file: string, bare: boolean): Promise<IncidentRecord> {
  let document: Partial<IncidentRecord> & Partial<Record<'protected' | 'unprotected', IncidentRecord>>
  try {
    document = JSON.parse(await readFile(file, 'utf8')) as typeof document
  } catch (error) {
    throw new PlainFailure(`--against ${file}: ${inOneLine(error)}`, EXIT.usage)
  }
  // `--compare` prints both days.
  const record = document.protected === undefined ? document : document[bare ? 'unprotected' : 'protected']
  if (record?.phases === undefined || record.options === undefined)
    throw new PlainFailure(`--against ${file}: this is no record of npm start -- --json`, EXIT.usage)
  return record as IncidentRecord
}
