import type { Condition, RunRecord } from '../run-record.ts'

/** A run as it is judged: all but the verdict. */
export type Evidence = Omit<RunRecord, 'verdict' | 'control'>

/** What a run should be like. Several of them make a verdict. */
export interface Expectation {
  /** One condition or more, each held or not. Sees the record and nothing else. */
  judge(run: Evidence): readonly Condition[]
  /** The control configuration has to fail this on the same seed: a verdict that nothing fails proves nothing. */
  readonly controlFails?: boolean
}

/** What is said of one condition. */
export interface Finding {
  readonly held: boolean
  readonly seen: string
  readonly limit: string
  /** A sentence for people. */
  readonly why: string
  /** See {@link Condition}. */
  readonly margin?: number
}

/**
 * An expectation of your own.
 *
 * @example
 * expectation('mail is never asked', ({ services }) => {
 *   const asked = services.mail.served.reduce((a, b) => a + b, 0)
 *   return { held: asked === 0, seen: `${asked} requests`, limit: 'none', why: 'mail is down all day' }
 * })
 */
export function expectation(name: string, judge: (run: Evidence) => Finding): Expectation {
  return { judge: (run) => [{ name, ...judge(run) }] }
}

/** The same for a number that must not be above, or below, a limit; NaN fails. */
export function judgeNumber(
  seen: number,
  limit: { readonly atMost: number } | { readonly atLeast: number },
  show: (value: number) => string,
): Pick<Finding, 'held' | 'seen' | 'limit' | 'margin'> {
  const upper = 'atMost' in limit
  const bound = upper ? limit.atMost : limit.atLeast
  const room = (upper ? bound - seen : seen - bound) / Math.max(Math.abs(bound), Number.MIN_VALUE)
  return {
    held: upper ? seen <= bound : seen >= bound,
    seen: Number.isNaN(seen) ? 'nothing' : show(seen),
    limit: `at ${upper ? 'most' : 'least'} ${show(bound)}`,
    margin: Number.isNaN(room) ? -1 : Math.min(1, Math.max(-1, room)),
  }
}
