import type { LoadPlan } from '../load/arrivals.ts'
import type { ProtectionName } from '../process/config.ts'
import { choosePorts } from '../supervisor/ports.ts'
import { openDataFolder } from '../supervisor/data-folder.ts'
import { requireOpenFiles } from '../supervisor/open-files.ts'
import { EXIT, type ExitCode, PlainFailure } from '../supervisor/plain-failure.ts'
import { leaveNothingBehind, onSignal } from '../supervisor/shutdown.ts'
import { optionLines, parseCommandLine } from './command-line.ts'
import { type Console, consoleOn, painter } from './console.ts'
import { INCIDENT_OPTIONS, incidentOptions, type IncidentOptions } from './options.ts'
import type { IncidentRecord } from './record.ts'
import { comparison, report } from './report.ts'
import { runIncident } from './run-incident.ts'
import { scriptOf } from './script.ts'
import { ordersFor } from './shop-run.ts'
import { exitCodeOf } from './verdict.ts'

const HELP = `npm start -- [options]
The shop lives through Valentine's Day on this machine: traffic rises, payments hangs, dies and comes back.
Takes about 80 seconds. Exit code: 0 contained, 1 not contained, 2 usage, 3 inconclusive.

${optionLines(INCIDENT_OPTIONS)}
`

/** How long a user waits: so many seconds of requests can be open at once when nothing is answered. */
const PATIENCE_SECONDS = 20
const OTHER_FILES = 1_000
/** With protection, requests do not pile up. */
const PROTECTED_FILES = 2_000

/** `npm start`. */
export async function incidentCommand(args: readonly string[]): Promise<ExitCode> {
  const line = parseCommandLine(args, INCIDENT_OPTIONS, [])
  if (line.options.help) {
    process.stdout.write(HELP)
    return EXIT.fine
  }
  if (line.options.compare && line.options.unprotected)
    throw new PlainFailure('--compare runs both days: leave --unprotected out', EXIT.usage)
  if (line.options.compare && line.options.data !== undefined)
    throw new PlainFailure('--compare needs a fresh folder for each day: leave --data out', EXIT.usage)
  const options = incidentOptions(line)
  const days: readonly ProtectionName[] = line.options.compare
    ? ['protected', 'unprotected']
    : [line.options.unprotected ? 'unprotected' : 'protected']

  onSignal((exitCode) => process.exit(exitCode))
  const console = consoleOn(process.stderr)
  const records: IncidentRecord[] = []
  for (const day of days) {
    const record = await liveThrough(day, options, console)
    records.push(record)
    if (!line.options.json) process.stdout.write(`${report(record, painter(process.stdout))}\n\n`)
  }
  const [first, second] = records
  if (first === undefined) throw new Error('no day was lived through')
  if (second !== undefined && !line.options.json)
    process.stdout.write(`${comparison(first, second, painter(process.stdout))}\n`)
  if (line.options.json)
    process.stdout.write(`${JSON.stringify(second === undefined ? first : compared(first, second))}\n`)
  return exitCodeOf(first.verdict)
}

async function liveThrough(
  protection: ProtectionName,
  options: IncidentOptions,
  console: Console,
): Promise<IncidentRecord> {
  const script = scriptOf(options)
  requireOpenFiles(filesFor(protection, script.plan))
  const orders = await ordersFor(script.plan, options.orders)
  const ports = await choosePorts(options.port)
  const folder = await openDataFolder(options.data)
  leaveNothingBehind(() => folder.unlock())
  if (folder.databases.length > 0)
    throw new PlainFailure(
      `${folder.path} holds the data of an earlier run: an incident needs an empty folder`,
      EXIT.failed,
    )
  console.say(`${protection}: gateway http://127.0.0.1:${ports.gateway}, data in ${folder.path}`)
  const record = await runIncident({ options, script, orders, protection, ports, folder, console })
  folder.unlock()
  if (folder.temporary && record.verdict === 'contained' && !options.keep) await folder.remove()
  else console.say(`the data is kept in ${folder.path}`)
  return record
}

function filesFor(protection: ProtectionName, { phases }: LoadPlan): number {
  if (protection === 'protected') return PROTECTED_FILES
  return Math.max(...phases.map(({ rate }) => rate)) * PATIENCE_SECONDS + OTHER_FILES
}

function compared(one: IncidentRecord, other: IncidentRecord): object {
  return {
    sameSchedule: one.scheduleHash === other.scheduleHash,
    protectionDifference: one.protectionDifference,
    protected: one,
    unprotected: other,
  }
}
