#!/usr/bin/env node
import { EXIT } from './command-line/exit.ts'
import { runCommandLine } from './command-line/run.ts'
import { processTerminal } from './command-line/terminal.ts'

// Nobody listens for SIGINT: only so does Ctrl-C end a scenario that goes round in circles. Reports are moved into place when they are whole.
// Whoever reads the output may stop reading: `watertight … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.fine : EXIT.failed),
)

const code = await runCommandLine(process.argv.slice(2), processTerminal())
// A scenario's file may have opened what keeps a process alive; all that was printed goes out first.
process.stdout.write('', () => process.exit(code))
