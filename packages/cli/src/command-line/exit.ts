/** How the command ends: what a shell, or CI, goes by. */
export const EXIT = {
  /** All is well: contained, found, written. */
  fine: 0,
  /** It ran, and what was looked at is not as it should be. */
  failed: 1,
  /** It did not run: something on the command line is wrong. */
  usage: 2,
} as const

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An end that needs no stack: one line for a person, and the exit code. */
export class PlainFailure extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT.usage, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
  }
}
