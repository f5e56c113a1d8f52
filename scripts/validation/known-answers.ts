import { finitePopulations } from './finite-populations.ts'
import type { KnownAnswer } from './known-answer.ts'
import { optimisticWriters } from './optimistic-writers.ts'
import { policies } from './policies.ts'
import { queues } from './queues.ts'
import { tailsAndStorms } from './tails-and-storms.ts'

/** All there are. */
export const knownAnswers: readonly KnownAnswer[] = [
  ...queues,
  ...finitePopulations,
  ...policies,
  ...tailsAndStorms,
  ...optimisticWriters,
]
