import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'

const CLEAR_LINE = '\r\u001b[2K'
const LEAST_COLUMNS = 20
const NARROW = 80
/** A terminal is drawn on no more often than a person can read. */
const EVERY_MS = 100

/** Where a command tells what it found, and what goes on. */
export interface Terminal {
  /** The result: standard output. */
  print(text: string): void
  /** A line for a person, beside the result: standard error. */
  say(line: string): void
  /** A line that the next one is written over; only where a person looks on. */
  progress(line: () => string): void
  paint(style: Parameters<typeof styleText>[0], text: string): string
  /** How many characters a line may have. */
  readonly columns: number
  /** Whether somebody is there who can answer {@link ask}. */
  readonly interactive: boolean
  /** Asks a question that is answered with yes or no. */
  ask(question: string): Promise<boolean>
}

/** The terminal of this process. Colours follow `NO_COLOR` and `FORCE_COLOR`; progress is told only where standard error is a terminal. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  let last = Number.NEGATIVE_INFINITY
  let open = false
  const clear = (): string => {
    const text = open ? CLEAR_LINE : ''
    open = false
    return text
  }
  return {
    print(text) {
      if (open) stderr.write(clear())
      stdout.write(`${text}\n`)
    },
    say: (line) => void stderr.write(`${clear()}${line}\n`),
    progress(line) {
      const now = performance.now()
      if (!stderr.isTTY || now - last < EVERY_MS) return
      last = now
      open = true
      stderr.write(`${CLEAR_LINE}${line().slice(0, Math.max(LEAST_COLUMNS, (stderr.columns || NARROW) - 1))}`)
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    columns: stdout.isTTY ? Math.max(LEAST_COLUMNS, stdout.columns || NARROW) : NARROW,
    interactive: stdin.isTTY && stderr.isTTY,
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr })
      try {
        return /^y(?:es)?$/i.test((await lines.question(`${clear()}${question} [y/N] `)).trim())
      } finally {
        lines.close()
      }
    },
  }
}
