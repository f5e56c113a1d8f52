import type { Doubt } from '../advice.ts'

/** What should not stand inside a policy that gives out a permit for each call. */
export const CROWDING: readonly Doubt[] = [
  ['retry', 'retry-inside-bulkhead', 'a permit stays taken while the retry waits'],
  ['hedge', 'hedge-inside-bulkhead', 'one permit stands for all tries of a call'],
  ['cache', 'cache-inside-bulkhead', 'a permit is taken also for an answer that needs no call'],
  ['coalesce', 'coalesce-inside-bulkhead', 'each of the calls that share one run takes a permit'],
]
