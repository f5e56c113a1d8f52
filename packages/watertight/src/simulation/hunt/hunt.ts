import { refuseUnknown, requireInteger, requirePositiveInteger } from '../../runtime/option.ts'
import { TraceHash } from '../kernel/trace-hash.ts'
import type { Hunted } from './hunted.ts'
import type { Finding } from './finding.ts'
import { smallest } from './finding.ts'
import { isOperation, kindOf } from './fault-plan.ts'
import type { SeedRun } from './run-seed.ts'
import { runSeed } from './run-seed.ts'

/** So many seeds must have met every kind of fault, and all that should happen sometimes. */
const ENOUGH_SEEDS = 200

export interface HuntOptions {
  /** How many seeds. Default 500. */
  readonly seeds?: number
  /** The first of them. Default 1. */
  readonly firstSeed?: number
  /** The faults and operations that may happen, by key: those of a finding, to see it again. Default: all. */
  readonly only?: readonly string[]
  /** Called after each seed with how many are done. */
  readonly progress?: (done: number) => void
  /** Ends the hunt after the seed under way when it aborts. */
  readonly signal?: AbortSignal
}

/** What a hunt found. */
export interface HuntReport {
  readonly hunted: string
  /** How many seeds were run. */
  readonly seeds: number
  readonly firstSeed: number
  /** True when nothing was found and everything that should happen sometimes did. */
  readonly holds: boolean
  readonly finding: Finding | undefined
  /** With how many seeds each kind of fault happened. */
  readonly faults: Readonly<Record<string, number>>
  /** With how many seeds each thing that should happen sometimes did. */
  readonly sometimes: Readonly<Record<string, number>>
  /** What never happened in 200 seeds or more, and should have: the hunt does not go where it was sent. */
  readonly never: readonly string[]
  readonly eventCount: number
  /** The same for two hunts in which the same happened. */
  readonly traceHash: string
}

/**
 * Runs a system with many seeds, each with faults of its own, until something does not hold; that seed is made small.
 *
 * @throws WatertightError `INVALID_OPTION`
 * @example
 * const report = await hunt(orders, { seeds: 1_000 })
 * if (!report.holds) process.stdout.write(huntText(report))
 */
export async function hunt(hunted: Hunted, options: HuntOptions = {}): Promise<HuntReport> {
  refuseUnknown('hunt', options, ['seeds', 'firstSeed', 'only', 'progress', 'signal'])
  const seeds = requirePositiveInteger('seeds', options.seeds ?? 500)
  const firstSeed = requireInteger('firstSeed', options.firstSeed ?? 1, 0)
  const { only } = options
  const tally = new Tally()
  let finding: Finding | undefined
  for (let seed = firstSeed; seed < firstSeed + seeds && !finding && options.signal?.aborted !== true; seed++) {
    const run = await runSeed(hunted, seed, only)
    tally.add(run)
    options.progress?.(tally.seeds)
    if (run.violation) finding = await smallest(hunted, run, run.violation)
  }
  const never = only === undefined && tally.seeds >= ENOUGH_SEEDS ? tally.never() : []
  return {
    hunted: hunted.name,
    seeds: tally.seeds,
    firstSeed,
    holds: finding === undefined && never.length === 0,
    finding,
    faults: Object.fromEntries(tally.faults),
    sometimes: Object.fromEntries(tally.sometimes),
    never,
    eventCount: tally.eventCount,
    traceHash: tally.hash.digest(),
  }
}

/** What many seeds came to. */
class Tally {
  seeds = 0
  eventCount = 0
  readonly faults = new Map<string, number>()
  readonly sometimes = new Map<string, number>()
  readonly hash = new TraceHash()

  add({ happened, offered, sometimes, eventCount, traceHash }: SeedRun): void {
    this.seeds++
    this.eventCount += eventCount
    this.hash.text(traceHash)
    const kinds: ReadonlySet<string> = new Set(happened.filter((key) => !isOperation(key)).map(kindOf))
    for (const kind of offered) count(this.faults, kind, kinds.has(kind))
    for (const [name, times] of sometimes) count(this.sometimes, name, times > 0)
  }

  never(): readonly string[] {
    return [...this.faults, ...this.sometimes].filter(([, times]) => times === 0).map(([name]) => name)
  }
}

function count(counts: Map<string, number>, name: string, happened: boolean): void {
  counts.set(name, (counts.get(name) ?? 0) + (happened ? 1 : 0))
}
