import { invalidOption, refuseUnknown, requirePositiveInteger } from '../../../runtime/option.ts'
import { keyedRandom } from '../../../runtime/random.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { changedOptions, optionAt, plainOptions, withOption } from '../option-path.ts'
import type { RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import type { Candidate } from './candidate.ts'
import { runOnce, type Watching } from './compare.ts'
import { type Estimate, pairedDifference } from './paired-difference.ts'
import { Race } from './race.ts'
import { scoreOf } from './score.ts'
import { shapesOf, variationOf } from './sweep.ts'
import { neighboursOf, type Variation, valueAt } from './variation.ts'

/** What may be varied, and how much may be spent on it. */
export interface TuneOptions extends Watching {
  /** Such as `['payments.retry.attempts=0..5', 'payments.queue=0..400']`. */
  readonly vary: readonly (Variation | string)[]
  /** Where the search begins. Default: the scenario's own options. */
  readonly options?: object
  /** Fresh seeds on which the winner is confirmed against the beginning. Default: 5. */
  readonly seeds?: number
  /** Most runs of the search; confirming comes on top. Default: 150. */
  readonly runs?: number
  /** How good a run was: more is better. Default: how far it is from contained, then how much it served. */
  readonly score?: (run: RunRecord) => number
  /** Of the search itself. Default: 1. */
  readonly seed?: number | string
}

/** What a search has found. */
export interface Tuning {
  readonly scenario: string
  /** The better options, whole, to be pasted; those it began with where nothing better was confirmed. */
  readonly options: JsonObject
  /** What is different in them. */
  readonly changes: readonly {
    readonly path: string
    readonly from: JsonValue | undefined
    readonly to: JsonValue | undefined
  }[]
  /** Whether the winner is better beyond doubt, on seeds that the search never saw. */
  readonly better: boolean
  /** Score above that of the beginning, on these seeds. */
  readonly advantage: Estimate
  /** Share of these seeds that was contained: before and after. */
  readonly contained: { readonly before: number; readonly after: number }
  /** Successes a second of all routes: before and after. */
  readonly goodput: { readonly before: number; readonly after: number }
  readonly seeds: number
  /** Runs in all. */
  readonly runs: number
  /** Every set of options that took part, the best first. */
  readonly tried: readonly Trial[]
}

/** One set of options that took part. */
export interface Trial {
  readonly changes: Readonly<Record<string, JsonValue | undefined>>
  /** Null: a policy refused the options. */
  readonly score: number | null
  readonly seeds: number
  readonly dropped?: string
}

const KNOWN = ['vary', 'options', 'seeds', 'runs', 'score', 'seed', 'progress', 'signal'] as const
const RACE_SEEDS = 4
/** Share of the runs that explores before the rest improves what was found. */
const EXPLORE = 0.4
/** Share of the runs that is left for taking back what does not matter. */
const SIMPLIFY = 0.15
/** Runs that one explorer costs on average: most are dropped after the first seed. */
const RUNS_OF_AN_EXPLORER = 1.6
const FIRST_STEP = 0.25
const LEAST_STEP = 0.02

/**
 * Finds better options by itself: races many sets over the same requests and service times, improves the best one step by step, takes
 * back every change that does not matter, and confirms the rest on fresh seeds.
 *
 * @example
 * const { options, better, contained } = await tune(valentine, { vary: ['payments.attempts=1..6', 'payments.queue=0..800'] })
 *
 * @throws WatertightError `INVALID_OPTION`; what `rehearse` throws.
 */
export async function tune(scenario: Scenario, given: TuneOptions): Promise<Tuning> {
  refuseUnknown('tune', given, KNOWN)
  const search = new Search(scenario, given)
  return search.confirm(await search.find())
}

class Search {
  readonly #scenario: Scenario
  readonly #given: TuneOptions
  readonly #variations: readonly Variation[]
  readonly #start: JsonObject
  readonly #shapes: readonly JsonObject[]
  readonly #score: (run: RunRecord) => number
  readonly #race: Race
  readonly #confirmSeeds: number
  readonly #most: number
  #made = 0

  constructor(scenario: Scenario, given: TuneOptions) {
    this.#scenario = scenario
    this.#given = given
    if (given.vary.length === 0) throw invalidOption('vary', given.vary, "a list with some 'PATH=VALUES'")
    this.#variations = given.vary.map(variationOf)
    this.#start = plainOptions(given.options ?? scenario.options)
    this.#shapes = [this.#start, ...shapesOf(scenario)]
    for (const variation of this.#variations) this.#with(this.#start, variation, 0)
    this.#score = given.score ?? scoreOf
    this.#confirmSeeds = requirePositiveInteger('seeds', given.seeds ?? 5)
    this.#most = requirePositiveInteger('runs', given.runs ?? 150)
    this.#race = new Race(
      (options, seed) => this.#judge(options, seed),
      RACE_SEEDS,
      Math.ceil(this.#most * (1 - SIMPLIFY)),
    )
  }

  async find(): Promise<JsonObject> {
    const explored = await this.#race.winnerOf([this.#start, ...this.#explorers()])
    if (explored === undefined) return this.#start
    const improved = await this.#improve(explored)
    return this.#simplify(improved)
  }

  async confirm(options: JsonObject): Promise<Tuning> {
    const [before, after]: [RunRecord[], RunRecord[]] = [[], []]
    const changed = JSON.stringify(options) !== JSON.stringify(this.#start)
    for (let index = 0; changed && index < this.#confirmSeeds; index++) {
      before.push(await this.#run(this.#start, `confirm ${index}`))
      after.push(await this.#run(options, `confirm ${index}`))
    }
    const advantage = changed
      ? pairedDifference(before.map(this.#score), after.map(this.#score))
      : { mean: 0, low: 0, high: 0 }
    const better = advantage.low > 0
    const found = better ? options : this.#start
    return {
      scenario: this.#scenario.name,
      options: found,
      changes: [...changedOptions(this.#start, found)].map(([path, to]) => ({
        path,
        from: optionAt(this.#start, path),
        to,
      })),
      better,
      advantage,
      contained: { before: containedIn(before), after: containedIn(after) },
      goodput: { before: goodputIn(before), after: goodputIn(after) },
      seeds: this.#confirmSeeds,
      runs: this.#made,
      tried: this.#race.field.map((candidate) => this.#trial(candidate)),
    }
  }

  /** Points all over the space: each option takes each part of its range once, in an order of its own (a Latin hypercube). */
  #explorers(): readonly JsonObject[] {
    const count = Math.max(3, Math.floor((this.#most * EXPLORE) / RUNS_OF_AN_EXPLORER))
    const random = keyedRandom(`tune ${this.#given.seed ?? 1}`)
    const orders = this.#variations.map(({ path }) =>
      Array.from({ length: count }, (_, index) => ({ index, rank: random(`order of ${path}`) }))
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ index }) => index),
    )
    return Array.from({ length: count }, (_, point) =>
      this.#variations.reduce<JsonObject>((options, variation, dimension) => {
        const part = ((orders[dimension]?.[point] ?? 0) + random(`within ${variation.path}`)) / count
        return this.#with(options, variation, part)
      }, this.#start),
    )
  }

  /** Goes to the best neighbour, one option changed at a time, in smaller and smaller steps. */
  async #improve(from: Candidate): Promise<Candidate> {
    let leader = from
    for (let step = FIRST_STEP; step >= LEAST_STEP && !this.#race.over; ) {
      const neighbours = this.#variations.flatMap((variation) =>
        neighboursOf(variation, optionAt(leader.options, variation.path), step).map((value) =>
          withOption(leader.options, variation.path, value, this.#shapes),
        ),
      )
      const fresh = neighbours.filter((one) => !this.#race.has(one))
      const best = fresh.length === 0 ? leader : ((await this.#race.winnerOf(fresh, leader)) ?? leader)
      if (best === leader) step /= 2
      leader = best
    }
    return leader
  }

  /** Takes back what does not matter, so that what is pasted says what does. */
  async #simplify(winner: Candidate): Promise<JsonObject> {
    let { options } = winner
    for (const { path } of this.#variations) {
      const before = optionAt(this.#start, path)
      if (before === undefined || JSON.stringify(before) === JSON.stringify(optionAt(options, path))) continue
      const simpler = withOption(options, path, before, this.#shapes)
      if (await this.#isNoWorse(simpler, winner.scores)) options = simpler
    }
    return options
  }

  /** On each of the winner's seeds; one on which it is worse says enough. */
  async #isNoWorse(options: JsonObject, scores: readonly number[]): Promise<boolean> {
    for (const [seed, score] of scores.entries()) {
      if (this.#made >= this.#most || (await this.#judge(options, seed)) < score) return false
    }
    return true
  }

  async #judge(options: JsonObject, seed: number): Promise<number> {
    return this.#score(await this.#run(options, `race ${seed}`))
  }

  #run(options: JsonObject, seed: string): Promise<RunRecord> {
    this.#made++
    const all = this.#most + 2 * this.#confirmSeeds
    return runOnce(this.#scenario, { configuration: 'tuned', options, seed }, this.#given, this.#made, all)
  }

  #with(options: JsonObject, variation: Variation, share: number): JsonObject {
    return withOption(options, variation.path, valueAt(variation, share), this.#shapes)
  }

  #trial(candidate: Candidate): Trial {
    return {
      changes: Object.fromEntries(changedOptions(this.#start, candidate.options)),
      score: candidate.scores.length === 0 ? null : candidate.mean,
      seeds: candidate.scores.length,
      ...(candidate.dropped !== undefined && { dropped: candidate.dropped }),
    }
  }
}

function containedIn(runs: readonly RunRecord[]): number {
  return runs.length === 0 ? 0 : runs.filter(({ verdict }) => verdict.contained).length / runs.length
}

function goodputIn(runs: readonly RunRecord[]): number {
  const all = runs.map(
    (run) => Object.values(run.routes).reduce((sum, { totals }) => sum + totals.succeeded, 0) / (run.untilMs / 1_000),
  )
  return all.length === 0 ? 0 : all.reduce((sum, one) => sum + one, 0) / all.length
}
