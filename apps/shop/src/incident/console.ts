import { styleText } from 'node:util'

const PLAIN_EVERY_SECONDS = 5
const CLEAR_LINE = '\r\u001b[2K'

type Style = Parameters<typeof styleText>[0]

/** Where a command tells a person what goes on: standard error, so that standard output stays for the result. */
export interface Console {
  /** A line that stays. */
  say(line: string): void
  /** A line that is written over by the next one; without a terminal one every few seconds stays. */
  live(second: number, line: string): void
}

/** Tells on a stream; rewrites the live line only on a terminal. */
export function consoleOn(stream: NodeJS.WriteStream): Console {
  let open = false
  const close = (): string => {
    const clear = open ? CLEAR_LINE : ''
    open = false
    return clear
  }
  return {
    say: (line) => void stream.write(`${close()}${line}\n`),
    live(second, line) {
      if (stream.isTTY) {
        stream.write(`${CLEAR_LINE}${line.slice(0, Math.max(20, stream.columns - 1))}`)
        open = true
      } else if (second % PLAIN_EVERY_SECONDS === 0) stream.write(`${line}\n`)
    },
  }
}

/** Colours a text for a stream; plain where it is no terminal or `NO_COLOR` is set. */
export function painter(stream: NodeJS.WriteStream): (style: Style, text: string) => string {
  return (style, text) => styleText(style, text, { stream })
}
