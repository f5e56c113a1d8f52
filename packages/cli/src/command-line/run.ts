import { type Command, CommanderError } from 'commander'
import { EXIT, type ExitCode, PlainFailure } from './exit.ts'
import { watertightProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

const ASKED_FOR = new Set(['commander.helpDisplayed', 'commander.version'])

/** Runs the command line to its end, and says how it ended. What a user did wrong is told in one line, never as a stack. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.fine
  const program = watertightProgram(terminal, (ended) => {
    code = ended
  })
  everyCommand(program, (command) =>
    command
      .showHelpAfterError(`(watertight${command === program ? '' : ` ${command.name()}`} --help says more)`)
      .exitOverride()
      .configureOutput({
        writeOut: (text) => terminal.print(text.trimEnd()),
        writeErr: (text) => terminal.say(text.trimEnd()),
        outputError: (text, write) => write(text.replace(/^error: /, 'watertight: ')),
      }),
  )
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return ASKED_FOR.has(error.code) ? EXIT.fine : EXIT.usage
    if (error instanceof PlainFailure) return told(terminal, error, error.exitCode)
    // By its code, not by its class: doctor has to work where the core is missing.
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'INVALID_OPTION') return told(terminal, error, EXIT.usage)
      if (error.code === 'STUCK') return told(terminal, error, EXIT.failed)
    }
    throw error
  }
}

function told(terminal: Terminal, { message }: Error, exitCode: ExitCode): ExitCode {
  terminal.say(`watertight: ${message}`)
  return exitCode
}

function everyCommand(command: Command, apply: (command: Command) => void): void {
  apply(command)
  for (const inner of command.commands) everyCommand(inner, apply)
}
