import type { JsonObject } from '../json-value.ts'
import { pairedDifference } from './paired-difference.ts'

/** One set of options in a race, and how it did. */
export class Candidate {
  readonly options: JsonObject
  /** Two candidates with the same key are the same options. */
  readonly key: string
  /** By the index of the seed: all candidates run the seeds in one order. */
  readonly scores: number[] = []
  /** Why it was dropped. */
  dropped: string | undefined

  constructor(options: JsonObject) {
    this.options = options
    this.key = JSON.stringify(options)
  }

  get mean(): number {
    return this.scores.reduce((sum, one) => sum + one, 0) / this.scores.length
  }

  /** Whether it is worse than another one beyond doubt, on the seeds that both have run. */
  isBehind(leader: Candidate): boolean {
    const common = Math.min(this.scores.length, leader.scores.length)
    if (common < 2) return false
    return pairedDifference(leader.scores.slice(0, common), this.scores.slice(0, common)).high < 0
  }
}
