import { openDataFolder } from '../supervisor/data-folder.ts'
import { EXIT, type ExitCode } from '../supervisor/plain-failure.ts'
import { choosePorts } from '../supervisor/ports.ts'
import { leaveNothingBehind, onSignal } from '../supervisor/shutdown.ts'
import { optionLines, parseCommandLine } from './command-line.ts'
import { killTest, type KillTestRecord } from './kill-test.ts'
import { KILL_TEST_OPTIONS } from './options.ts'

const HELP = `npm run shop -- kill-test [options]
Puts the shop under load, kills its services with SIGKILL while they work, lets everything finish, and audits: nothing may be
lost, done twice, or left unfinished. Each seed kills three of the eight services. Exit code 1 when a seed does not hold.

${optionLines(KILL_TEST_OPTIONS)}
`

const DEFAULT_SEEDS = 3
const DEFAULT_FIRST_SEED = 1
const MOST_REASONS = 10

/** `npm run shop -- kill-test`. */
export async function killTestCommand(args: readonly string[]): Promise<ExitCode> {
  const { options } = parseCommandLine(args, KILL_TEST_OPTIONS, [])
  if (options.help) {
    process.stdout.write(HELP)
    return EXIT.fine
  }
  onSignal((exitCode) => process.exit(exitCode))
  const firstSeed = options['first-seed'] ?? DEFAULT_FIRST_SEED
  const records: KillTestRecord[] = []
  for (let seed = firstSeed; seed < firstSeed + (options.seeds ?? DEFAULT_SEEDS); seed++) {
    const ports = await choosePorts(options.port)
    const folder = await openDataFolder(undefined)
    leaveNothingBehind(() => folder.unlock())
    const record = await killTest(seed, ports, folder)
    folder.unlock()
    if (record.holds) await folder.remove()
    records.push(record)
    if (!options.json) process.stdout.write(`${killTestText(record)}\n`)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(records)}\n`)
  return records.every(({ holds }) => holds) ? EXIT.fine : EXIT.failed
}

/** One seed in one line; what does not hold, and where to look, below. */
export function killTestText({ seed, kills, audit, holds, reasons, dataFolder }: KillTestRecord): string {
  const killed = kills.map(({ victim, inFlight }) => `${victim} (${inFlight} in flight)`).join(', ')
  const { accepted, completed, compensated } = audit.accepted
  const line = `seed ${seed}: ${holds ? 'holds' : 'DOES NOT HOLD'}; killed ${killed}; ${accepted} accepted, ${completed} completed, ${compensated} undone`
  if (holds) return line
  const more = reasons.length > MOST_REASONS ? [`  … and ${reasons.length - MOST_REASONS} more`] : []
  return [
    line,
    ...reasons.slice(0, MOST_REASONS).map((reason) => `  - ${reason}`),
    ...more,
    `  the data is in ${dataFolder}`,
  ].join('\n')
}
