import type { ExitCode } from './exit.ts'
import { runCommandLine } from './run.ts'

/** What a command said, and how it ended. */
export interface Ended {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

/** Runs the command line in this process, with nobody at the terminal. */
export async function runRecorded(...args: readonly string[]): Promise<Ended> {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommandLine(args, {
    print: (text) => void out.push(`${text}\n`),
    say: (line) => void err.push(`${line}\n`),
    progress: () => undefined,
    paint: (_style, text) => text,
    columns: 80,
    interactive: false,
    ask: async () => false,
  })
  return { code, out: out.join(''), err: err.join('') }
}
