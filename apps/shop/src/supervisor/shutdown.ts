import { constants } from 'node:os'
import { killAllChildren } from './child.ts'
import { EXIT } from './plain-failure.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const SIGNAL_BASE = 128

const releases = new Set<() => void>()

/**
 * Makes sure that nothing this process started outlives it: by Ctrl-C, a signal, a closed terminal, an error nobody caught.
 * `release` runs last, synchronously (locks). Call it before the first child is started; later calls add their `release`.
 */
export function leaveNothingBehind(release: () => void): void {
  if (releases.size === 0) watch()
  releases.add(release)
}

function watch(): void {
  process.once('exit', () => {
    killAllChildren()
    for (const release of releases) release()
  })
  // Writing to a terminal that is gone must not keep the process from cleaning up.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(EXIT.failed))
  process.once('disconnect', () => process.exit(EXIT.failed))
  // The listener must not keep a process alive that has nothing left to do.
  process.channel?.unref()
}

/** Calls `stop` at the first Ctrl-C or termination signal; a second one ends the process at once. */
export function onSignal(stop: (exitCode: number) => void): void {
  let told = false
  for (const signal of SIGNALS)
    process.on(signal, () => {
      const exitCode = SIGNAL_BASE + constants.signals[signal]
      if (told) process.exit(exitCode)
      told = true
      stop(exitCode)
    })
}
