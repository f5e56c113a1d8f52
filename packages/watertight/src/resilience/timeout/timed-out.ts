import { WatertightError } from '../../runtime/error.ts'
import { type Outcome, refused } from '../outcome.ts'
import type { Site } from '../policy.ts'

/** What a limit of `limitMs` ends with: a failure of what was executed, a refusal of what only waited. */
export function timedOut({ pipeline, policy }: Site, executed: boolean, limitMs: number): Outcome<unknown> {
  const shown = Math.round(limitMs * 10) / 10
  if (!executed) return refused(policy, 'TIMED_OUT', `waited ${shown} ms`)
  const message = `${pipeline}: no result within ${shown} ms`
  return {
    kind: 'failure',
    error: WatertightError.withoutStack('TIMED_OUT', message, { retryable: true, source: policy }),
  }
}
