/** Exit codes of every command of the shop. */
export const EXIT = { fine: 0, failed: 1, usage: 2, inconclusive: 3 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/**
 * Something a person can put right: told in one line, without a stack, and the command ends with `exitCode`.
 *
 * @example
 * throw new PlainFailure('--rate must be a positive whole number, and is "fast"', EXIT.usage)
 */
export class PlainFailure extends Error {
  readonly exitCode: ExitCode
  /** What a person may want to read below the line, such as the tail of a log. */
  readonly details: string | undefined

  constructor(
    message: string,
    exitCode: ExitCode,
    options: { readonly details?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'PlainFailure'
    this.exitCode = exitCode
    this.details = options.details
  }
}

/** The message of whatever was thrown, in one line. */
export function inOneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replaceAll(/\s*\n\s*/g, ' ')
}
