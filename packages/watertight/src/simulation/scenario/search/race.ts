import { isWatertightError } from '../../../runtime/error.ts'
import type { JsonObject } from '../json-value.ts'
import { Candidate } from './candidate.ts'

/** Runs options under the seed with this index, and says how good that was. */
export type Judge = (options: JsonObject, seedIndex: number) => Promise<number>

/** No further run can be paid for. */
const OUT_OF_RUNS = Symbol('out of runs')

/** Share of the field that goes on after each round. */
const KEEP = 1 / 3

/**
 * Races sets of options over the same seeds: after each seed the worst are dropped, and those that the paired differences say are
 * behind, so that most runs are spent on the best. Remembers every result, so that no run is made twice.
 *
 * Successive halving: Z. Karnin, T. Koren, O. Somekh, "Almost Optimal Exploration in Multi-Armed Bandits" (ICML 2013); dropping by
 * interval: O. Maron, A. Moore, "Hoeffding Races" (NIPS 1993), here with paired differences.
 */
export class Race {
  readonly #judge: Judge
  readonly #seeds: number
  readonly #field = new Map<string, Candidate>()
  #runs = 0
  #most: number

  /** `seeds`: of the race; `most`: runs in all. */
  constructor(judge: Judge, seeds: number, most: number) {
    this.#judge = judge
    this.#seeds = seeds
    this.#most = most
  }

  get runs(): number {
    return this.#runs
  }

  get over(): boolean {
    return this.#runs >= this.#most
  }

  /** Everyone who took part, the best first. */
  get field(): readonly Candidate[] {
    return [...this.#field.values()].toSorted(byStanding)
  }

  has(options: JsonObject): boolean {
    return this.#field.has(JSON.stringify(options))
  }

  /** The best of these, and of `leader`, if there is one. */
  async winnerOf(options: readonly JsonObject[], leader?: Candidate): Promise<Candidate | undefined> {
    let running = [...new Set(options.map((one) => this.#enter(one)))].filter(({ dropped }) => dropped === undefined)
    if (leader !== undefined && !running.includes(leader)) running.push(leader)
    try {
      for (let seed = 0; seed < this.#seeds && running.length > 0; seed++) {
        for (const candidate of running) await this.#score(candidate, seed)
        running = this.#drop(running.filter(({ dropped }) => dropped === undefined).toSorted(byMean), leader)
        if (running.length === 1 && running[0] === leader) break
      }
    } catch (error) {
      if (error !== OUT_OF_RUNS) throw error
    }
    return running.filter(({ scores }) => scores.length > 0).toSorted(byStanding)[0] ?? leader
  }

  #drop(ranked: readonly Candidate[], leader: Candidate | undefined): Candidate[] {
    const [best] = ranked
    if (best === undefined) return []
    const keep = Math.max(2, Math.ceil(ranked.length * KEEP))
    return ranked.filter((one, rank) => {
      if (rank < keep && !one.isBehind(best)) return true
      one.dropped =
        rank >= keep ? `rank ${rank + 1} of ${ranked.length} after ${one.scores.length} seeds` : 'behind beyond doubt'
      return one === leader
    })
  }

  async #score(candidate: Candidate, seed: number): Promise<void> {
    if (candidate.scores.length > seed) return
    if (this.over) throw OUT_OF_RUNS
    this.#runs++
    try {
      candidate.scores.push(await this.#judge(candidate.options, seed))
    } catch (error) {
      // What a policy refuses is no candidate; that it varies an option that there is was made sure of before.
      if (!isWatertightError(error, 'INVALID_OPTION')) throw error
      candidate.dropped = error.message
    }
  }

  #enter(options: JsonObject): Candidate {
    const entered = new Candidate(options)
    const known = this.#field.get(entered.key)
    if (known !== undefined) return known
    this.#field.set(entered.key, entered)
    return entered
  }
}

function byMean(a: Candidate, b: Candidate): number {
  return b.mean - a.mean
}

/** Who came further first, then who did better. */
function byStanding(a: Candidate, b: Candidate): number {
  return b.scores.length - a.scores.length || (a.scores.length === 0 ? 0 : byMean(a, b))
}
