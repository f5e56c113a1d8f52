import type { CompensableSteps, NoResults } from './definition.ts'

/**
 * What a saga starts from: annotate the builder's parameter with it, as in `(s: Input<Order>) => s.step(…)`. It is kept as JSON, so
 * let it be plain data: of a `Date` the steps see its text, whatever its type says.
 */
export type Input<T> = CompensableSteps<T, NoResults>
