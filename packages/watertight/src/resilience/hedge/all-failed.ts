import { WatertightError } from '../../runtime/error.ts'
import { type Answerable } from '../fallback/fallback.ts'
import { type Outcome } from '../outcome.ts'
import { errorOf } from '../outcome-error.ts'
import { moveMark } from '../retry/given-up.ts'

/**
 * What a race comes to that nobody won: the only outcome where there was one try, a refusal where nothing was executed, else
 * an `ALL_FAILED` whose cause is an `AggregateError` of every try's error, in the order in which they failed.
 */
export function allFailed(outcomes: readonly Answerable[], pipeline: string, policy: string): Outcome<unknown> {
  const [first] = outcomes
  if (first === undefined) throw new RangeError('a race without tries')
  if (outcomes.length === 1 || outcomes.every(({ kind }) => kind === 'refused')) return first
  const errors = outcomes.map((outcome) => errorOf(outcome, pipeline))
  const message = `${pipeline}: all ${errors.length} tries failed`
  const error = WatertightError.withoutStack('ALL_FAILED', message, {
    retryable: errors.some((one) => !(one instanceof WatertightError) || one.retryable),
    source: policy,
    cause: new AggregateError(errors, message),
  })
  // What a retry of one of the tries gave up on is not to be multiplied by a retry further out.
  for (const one of errors) if (typeof one === 'object' && one !== null) moveMark(one, error)
  return { kind: outcomes.some(({ kind }) => kind === 'overloaded') ? 'overloaded' : 'failure', error }
}
