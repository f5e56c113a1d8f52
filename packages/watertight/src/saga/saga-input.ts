import type { CompensableSteps, NoResults } from './definition.ts'

/** What a saga starts from: annotate the builder's parameter with it, as in `(s: Input<Order>) => s.step(…)`. */
export type Input<T> = CompensableSteps<T, NoResults>
