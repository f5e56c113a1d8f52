const WARNINGS_A_SECOND = 20

interface Host {
  readonly process?: { emitWarning?(message: string, options: { type: string; detail: string }): void }
  readonly reportError?: (error: unknown) => void
}

/**
 * Makes the default {@link Runtime.report}: writes errors that belong to no call where an operator sees them (in Node a
 * process warning of type `WatertightReport`, elsewhere the global `reportError`), and never throws.
 *
 * A listener that fails on every event of a busy system must not turn logging into the bottleneck: after 20 errors within a
 * second the rest of that second is only counted, and the count is written with the next error.
 */
export function makeReport(now: () => number, host: Host): (error: unknown) => void {
  let since = Number.NEGATIVE_INFINITY
  let written = 0
  let left = 0

  return (error) => {
    const at = now()
    if (at - since >= 1_000) {
      since = at
      written = 0
    }
    if (written++ >= WARNINGS_A_SECOND) {
      left++
      return
    }
    const more = left === 0 ? '' : ` (${left} more were left out before it)`
    left = 0
    try {
      write(host, error, more)
    } catch {
      // Whatever is wrong with the error or with the host's reporting, there is nobody left to tell.
    }
  }
}

function write(host: Host, error: unknown, more: string): void {
  if (host.process?.emitWarning !== undefined) {
    const detail = error instanceof Error && error.stack !== undefined ? error.stack : ''
    host.process.emitWarning(`an error that belongs to no call: ${String(error)}${more}`, {
      type: 'WatertightReport',
      detail,
    })
  } else {
    host.reportError?.(error)
  }
}

/** The process's own: what {@link systemRuntime} reports to. */
export const report: (error: unknown) => void = makeReport(() => performance.now(), globalThis)
