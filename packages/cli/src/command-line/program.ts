import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { completionCommand } from '../completion/completion-command.ts'
import { doctorCommand } from '../doctor/doctor-command.ts'
import { rehearseCommand } from '../rehearse/rehearse-command.ts'
import { tuneCommand } from '../tune/tune-command.ts'
import type { ExitCode } from './exit.ts'
import type { Terminal } from './terminal.ts'

const EXAMPLES = `
Examples:
  $ watertight rehearse valentine.ts --seed 7 --report out.html
  $ watertight tune valentine.ts --vary retry.attempts=0..5
  $ watertight doctor

Exit codes: 0 fine, 1 not as it should be, 2 wrong usage, 130 (of the shell) Ctrl-C.`

/** The whole command line. Each command hands its exit code to `end`. */
export function watertightProgram(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const program = new Command('watertight')
    .description('Rehearse an outage before it happens, tune policies against it, and look at what runs.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
  const commands = [
    rehearseCommand(terminal, end),
    tuneCommand(terminal, end),
    doctorCommand(terminal, end),
    completionCommand(program, terminal, end),
  ]
  for (const command of commands) program.addCommand(command.helpOption('-h, --help', 'show help'))
  return program
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
