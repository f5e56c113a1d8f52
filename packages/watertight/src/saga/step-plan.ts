import { toMilliseconds } from '../runtime/duration.ts'
import { WatertightError } from '../runtime/error.ts'
import { invalidOption, refuseUnknown, requirePositiveInteger } from '../runtime/option.ts'
import { backoffOf } from './backoff.ts'
import type { StepPipeline } from './step-pipeline.ts'
import type { StepOptions, StepPlan } from './step.ts'

const NAME = /^[A-Za-z][\w-]{0,99}$/
const ACTIONS = ['run', 'undo', 'confirm', 'record', 'transient'] as const
const KNOWN = [...ACTIONS, 'timeout', 'retry', 'undoRetry', 'optional', 'via', 'concurrency']
const RETRY_ATTEMPTS = 5
const UNDO_ATTEMPTS = 10
const CONCURRENCY = 256

/**
 * Names of sagas and steps are parts of stream names, keys and objects: letters, digits, `_` and `-`, a letter first.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function requireName(what: string, name: string): string {
  if (typeof name === 'string' && NAME.test(name) && !(name in {})) return name
  throw invalidOption(what, name, '1 to 100 letters, digits, _ or -, with a letter first')
}

/**
 * Checks a step's options and fills in its defaults.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function planStep<Input, Results, Returned>(
  name: string,
  options: StepOptions<Input, Results, Returned> & { readonly optional?: boolean },
  { index, afterPivot }: { readonly index: number; readonly afterPivot: boolean },
): StepPlan {
  requireName('step name', name)
  refuseUnknown(`step ${name}`, options, KNOWN)
  for (const action of ACTIONS) {
    const value: unknown = options[action]
    if (typeof value !== 'function' && (value !== undefined || action === 'run')) {
      throw invalidOption(`${action} of step ${name}`, value, 'a function')
    }
  }
  if (afterPivot && options.undo) {
    throw new WatertightError(
      'INVALID_OPTION',
      `Step ${name} stands behind the pivot and must not have an undo: what follows the pivot is retried until it is done.`,
    )
  }
  return {
    name,
    index,
    afterPivot,
    optional: options.optional ?? false,
    timeoutMs: toMilliseconds(`timeout of step ${name}`, options.timeout ?? '30s'),
    retry: backoffOf(`retry of step ${name}`, options.retry, RETRY_ATTEMPTS),
    undoRetry: backoffOf(`undoRetry of step ${name}`, options.undoRetry, UNDO_ATTEMPTS),
    concurrency: requirePositiveInteger(`concurrency of step ${name}`, options.concurrency ?? CONCURRENCY),
    via: requireReal(name, options.via),
    actions: options,
  }
}

/** A step that a stand-in answered would count as done. Types say so too, but plain JavaScript has none. */
function requireReal(step: string, via: StepPipeline | undefined): StepPipeline | undefined {
  for (const [policy, { standsIn }] of via?.policies ?? []) {
    if (standsIn !== true) continue
    throw new WatertightError(
      'INVALID_OPTION',
      `via of step ${step} must be a pipeline without stand-ins, but its ${policy} is one: the step would count as done`,
    )
  }
  return via
}
