import type { JsonObject } from './json-value.ts'

/**
 * What happened in one run of a scenario, as plain JSON: reports, verdicts and comparisons are made from it alone. Every series
 * has one number for each step of `stepMs`; counts are those of the step, gauges are read at its end. Times are virtual
 * milliseconds since the start.
 */
export interface RunRecord {
  readonly scenario: string
  readonly seed: number | string
  /** Which options these were: `'protected'`, `'control'`, a file's name. */
  readonly configuration: string
  readonly options: JsonObject
  readonly untilMs: number
  /** The length of one step of every series. */
  readonly stepMs: number
  readonly phases: readonly Phase[]
  /** Two runs with equal hashes did the same things at the same times. */
  readonly traceHash: string
  readonly eventCount: number
  readonly routes: Readonly<Record<string, RouteSeries>>
  readonly services: Readonly<Record<string, ServiceSeries>>
  readonly pipelines: Readonly<Record<string, PipelineSeries>>
  readonly faults: readonly Fault[]
  /** How often each `sim.sometimes` was reached: 0 means that what it stands for never happened. */
  readonly sometimes: Readonly<Record<string, number>>
  /** Invariants that were broken, and errors that belong to nobody's call. */
  readonly broken: readonly { readonly atMs: number; readonly what: string }[]
  readonly verdict: Verdict
  /** The same seed without the protection, where the verdict asks for it. */
  readonly control?: RunRecord
}

/** A named stretch of a run. */
export interface Phase {
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
}

/** Something that was done to the system. */
export interface Fault {
  readonly atMs: number
  /** When it was over, where it has an end. */
  readonly untilMs?: number
  readonly what: string
  readonly target: string
}

/** One route: what was asked of the system, and what came of it. */
export interface RouteSeries {
  /** Requests that were due in this step. */
  readonly offered: readonly number[]
  /** Requests that were answered well in this step, whenever they were due. */
  readonly succeeded: readonly number[]
  /** Requests that ended badly in this step, those refused included. */
  readonly failed: readonly number[]
  /** Of these, by the code of the error that the caller saw, and step. */
  readonly refused: Readonly<Record<string, readonly number[]>>
  /** Times a dependency was called for this route. */
  readonly attempts: readonly number[]
  /** Attempts that were given up on in this step while they still ran. */
  readonly abandoned: readonly number[]
  /** Of the successes in this step, from the instant when they were due. Null: there were none. */
  readonly p50Ms: readonly (number | null)[]
  readonly p99Ms: readonly (number | null)[]
  readonly p999Ms: readonly (number | null)[]
  /** Of the requests that were due in this step, those that were answered well in the end. */
  readonly succeededOfOffered: readonly number[]
  readonly totals: RouteTotals
  /** By phase: the requests that were due in it. */
  readonly byPhase: Readonly<Record<string, RouteTotals>>
}

/** All requests of one route, of the run or of a phase. Latencies are those of the successes, from the instant when they were due. */
export interface RouteTotals {
  readonly offered: number
  readonly succeeded: number
  readonly failed: number
  readonly attempts: number
  /** Of these, the first tries. */
  readonly firstTries: number
  readonly abandoned: number
  /** Not answered when the run ended. */
  readonly unfinished: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly p999Ms: number | null
  readonly maxMs: number | null
}

/** One modelled service. */
export interface ServiceSeries {
  readonly inFlight: readonly number[]
  readonly queued: readonly number[]
  /** How long the oldest waiting request waits. */
  readonly oldestMs: readonly number[]
  /** Share of the memory limit that is used in the fullest instance; 0 where there is no limit. */
  readonly memory: readonly number[]
  /** Instances that are up. */
  readonly up: readonly number[]
  readonly served: readonly number[]
  /** Served for a caller who had given up. */
  readonly wasted: readonly number[]
  /** By code and step. */
  readonly refused: Readonly<Record<string, readonly number[]>>
  readonly crashes: readonly { readonly atMs: number; readonly instance: number; readonly cause: string }[]
}

/** One live pipeline. */
export interface PipelineSeries {
  readonly breakers: readonly { readonly name: string; readonly bands: readonly BreakerBand[] }[]
  readonly limits: readonly LimitSeries[]
  readonly budgets: readonly { readonly name: string; readonly tokens: readonly number[] }[]
  /** Calls that a policy refused, by code and step. */
  readonly refusals: Readonly<Record<string, readonly number[]>>
}

/** A stretch in which a circuit was in one state. */
export interface BreakerBand {
  readonly fromMs: number
  readonly toMs: number
  readonly state: 'closed' | 'open' | 'half-open'
}

/** A policy that lets in a number of calls at once: bulkhead, adaptive concurrency, load shedder. */
export interface LimitSeries {
  readonly name: string
  readonly limit: readonly (number | null)[]
  readonly inFlight: readonly number[]
  readonly queued: readonly number[]
}

/** Whether the run was what it should be, and why. */
export interface Verdict {
  /** All conditions held. */
  readonly contained: boolean
  readonly conditions: readonly Condition[]
}

/** One expectation of a run. */
export interface Condition {
  readonly name: string
  readonly held: boolean
  readonly seen: string
  readonly limit: string
  /** A sentence for people. */
  readonly why: string
  /** How far it holds, as a share of the limit: 0 is at the limit, -1 as far from it as can be. What a search climbs. */
  readonly margin?: number
}

/** Two configurations over the same seeds. */
export interface Comparison {
  readonly a: string
  readonly b: string
  readonly seeds: number
  readonly metrics: readonly ComparedMetric[]
}

/** One number of two configurations, and between which bounds their difference lies. */
export interface ComparedMetric {
  readonly name: string
  readonly a: number
  readonly b: number
  /** Of b over a: the mean of the differences seed by seed. */
  readonly difference: number
  /** The true difference lies between `low` and `high`, 95 times of a hundred. */
  readonly low: number
  readonly high: number
  readonly better: 'a' | 'b' | 'none'
}

/** The same scenario under one parameter's values. */
export interface Sweep {
  readonly parameter: string
  readonly points: readonly SweepPoint[]
}

/** One value of a {@link Sweep}, over its seeds. */
export interface SweepPoint {
  readonly value: number
  readonly seeds: number
  /** Successes a second. */
  readonly goodput: number
  readonly p99Ms: number
  /** Share of the seeds whose run was contained. */
  readonly contained: number
}
