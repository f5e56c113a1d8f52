import { ambientDeadline, currentDeadline } from './async-context.ts'
import { WatertightError } from './error.ts'
import { invalidOption } from './option.ts'

export { currentDeadline } from './async-context.ts'

/**
 * Runs `run` with a deadline, an instant of `systemRuntime.now()`, which everything that it calls can see, however deep and
 * across `await`. An inner deadline can only shorten the outer one; undefined leaves it as it is.
 *
 * @example
 * const deadline = readDeadline(request.headers[DEADLINE_HEADER], systemRuntime)
 * const reply = await runWithDeadline(deadline, () => handle(request))
 *
 * @throws WatertightError `INVALID_OPTION` when `deadline` is NaN; `UNSUPPORTED` where the platform has no `AsyncLocalStorage`.
 */
export function runWithDeadline<T>(deadline: number | undefined, run: () => T): T {
  if (ambientDeadline === undefined) {
    throw new WatertightError(
      'UNSUPPORTED',
      'runWithDeadline needs AsyncLocalStorage, which this platform does not have',
    )
  }
  if (Number.isNaN(deadline)) throw invalidOption('deadline', deadline, 'an instant of now(), or undefined')
  const outer = currentDeadline()
  return ambientDeadline.run(Math.min(deadline ?? Infinity, outer ?? Infinity), run)
}
