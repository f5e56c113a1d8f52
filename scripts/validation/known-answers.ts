import type { KnownAnswer } from './known-answer.ts'
import { optimisticWriters } from './optimistic-writers.ts'
import { policies } from './policies.ts'
import { queues } from './queues.ts'

/** All there are. */
export const knownAnswers: readonly KnownAnswer[] = [...queues, ...policies, ...optimisticWriters]
