import { rebuildCommand } from './history/rebuild-command.ts'
import { huntCommand } from './hunt/hunt-command.ts'
import { incidentCommand } from './incident/incident-command.ts'
import { importCommand } from './import/import-command.ts'
import { killTestCommand } from './incident/kill-test-command.ts'
import { auditCommand, timelineCommand } from './incident/read-commands.ts'
import { upCommand } from './incident/up-command.ts'
import { rehearseCommand } from './rehearsal/rehearse-command.ts'
import { killAllChildren } from './supervisor/child.ts'
import { EXIT, type ExitCode, PlainFailure } from './supervisor/plain-failure.ts'

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<ExitCode>>> = {
  incident: incidentCommand,
  up: upCommand,
  'kill-test': killTestCommand,
  hunt: huntCommand,
  import: importCommand,
  rebuild: rebuildCommand,
  rehearse: rehearseCommand,
  audit: auditCommand,
  timeline: timelineCommand,
}

const HELP = `npm run shop -- [command] [options]

  up                      keep the shop up until Ctrl-C (this is what happens without a command)
  incident                live through Valentine's Day, as npm start does
  kill-test               kill its services while they work, and audit what is left
  hunt [NAME]             look for what can go wrong in simulated worlds, one for each seed
  import FILE.csv         read the raw retail file into orders, refunds, adjustments, the ledger and rejects
  rebuild                 build the read models of a million old orders anew while new ones come
  rehearse                live through the day of npm start on the simulator, in a few seconds
  audit DIR               audit the data folder of a shop that has stopped
  timeline DIR ORDER_ID   one order's whole life

Each command has --help.
`

async function run(args: readonly string[]): Promise<ExitCode> {
  const [name = 'up', ...rest] = args
  if (name === '--help') {
    process.stdout.write(HELP)
    return EXIT.fine
  }
  if (name.startsWith('-')) return upCommand(args)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined)
    throw new PlainFailure(
      `unknown command ${JSON.stringify(name)}; known: ${Object.keys(COMMANDS).join(', ')}`,
      EXIT.usage,
    )
  return command(rest)
}

try {
  // The exit code is set, and the process ends when standard output is written.
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof PlainFailure)) throw error
  process.stderr.write(`${error.message}\n${error.details === undefined ? '' : `${error.details}\n`}`)
  process.exitCode = error.exitCode
} finally {
  killAllChildren()
}
