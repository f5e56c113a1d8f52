import { WatertightError } from '../../runtime/error.ts'
import { invalidOption, refuseUnknown, requirePositive } from '../../runtime/option.ts'
import { World } from '../kernel/world.ts'
import type { JsonObject } from './json-value.ts'
import { plainOptions } from './option-path.ts'
import { Recording } from './record/recording.ts'
import type { RunRecord } from './run-record.ts'
import type { Scenario } from './scenario.ts'
import { Simulation } from './simulation.ts'
import { verdictOf, withControl } from './verdict/verdict.ts'

/** How far a rehearsal has come. */
export interface Progress {
  readonly configuration: string
  readonly nowMs: number
  readonly untilMs: number
}

/** What is rehearsed, and how it is watched. */
export interface RehearseOptions {
  /** All chances follow from it. Default: 1. */
  readonly seed?: number | string
  /** In place of the scenario's own. Default: the scenario's `options`, or its `control` where `configuration` is `'control'`. */
  readonly options?: object
  /** What the options are called in the record. Default: `'protected'`. */
  readonly configuration?: string
  /** All loads come at this multiple of their rates. Default: 1. */
  readonly rateFactor?: number
  /** Run the control on the same seed too, where the verdict asks for it. Default: true. */
  readonly control?: boolean
  /** Told a few times a second. */
  readonly progress?: (progress: Progress) => void
  /** Stops the rehearsal, which then rejects with its reason. */
  readonly signal?: AbortSignal
}

const KNOWN = ['seed', 'options', 'configuration', 'rateFactor', 'control', 'progress', 'signal'] as const
const PROTECTED = 'protected'
const CONTROL = 'control'

/**
 * Runs a scenario once, in virtual time, and tells what happened and whether it was what it should be. The same seed and options give the
 * same record.
 *
 * @example
 * const { verdict } = await rehearse(valentine, { seed: 7 })
 * verdict.contained // true
 *
 * @throws WatertightError `INVALID_OPTION`; what the scenario's function or an event of a model throws; the reason of `signal`.
 */
export async function rehearse(scenario: Scenario, given: RehearseOptions = {}): Promise<RunRecord> {
  refuseUnknown('rehearse', given, KNOWN)
  if (given.rateFactor !== undefined) requirePositive('rateFactor', given.rateFactor)
  const { control = true, configuration = PROTECTED } = given
  const isControl = configuration === CONTROL && given.options === undefined
  if (isControl && scenario.control === undefined) {
    throw new WatertightError('INVALID_OPTION', `scenario ${scenario.name} has no control to run`)
  }
  const own = isControl ? (scenario.control ?? scenario.options) : scenario.options
  const { record, wantsControl } = await play(scenario, configuration, plainOptions(given.options ?? own), given)
  if (!control || !wantsControl || isControl || scenario.control === undefined) return record
  const unprotected = await play(scenario, CONTROL, scenario.control, given)
  return { ...record, verdict: withControl(record.verdict, unprotected.record), control: unprotected.record }
}

async function play(
  scenario: Scenario,
  configuration: string,
  options: JsonObject,
  { seed = 1, rateFactor = 1, progress, signal }: RehearseOptions,
): Promise<{ readonly record: RunRecord; readonly wantsControl: boolean }> {
  const world = new World({ seed })
  const sim = new Simulation(world, seed, rateFactor)
  const { untilMs, expectations } = scenario.play(sim, options)
  requireInTime(sim, untilMs)
  const recording = new Recording(sim, untilMs, scenario.stepMs)
  await world.runUntil(untilMs, {
    ...(signal && { signal }),
    ...(progress && { progress: (nowMs) => progress({ configuration, nowMs, untilMs }) }),
  })
  const evidence = { scenario: scenario.name, seed, configuration, options, ...recording.finish() }
  return {
    record: { ...evidence, verdict: verdictOf(evidence, expectations) },
    wantsControl: expectations.some(({ controlFails }) => controlFails === true),
  }
}

/** What is after the end would never happen, in silence. */
function requireInTime({ cast }: Simulation, untilMs: number): void {
  const right = `before the run ends after ${untilMs} ms`
  for (const { what, atMs, untilMs: healedMs = atMs } of cast.faults) {
    if (atMs > untilMs) throw invalidOption(`at of '${what}'`, atMs, right)
    if (healedMs > untilMs) throw invalidOption(`until of '${what}'`, healedMs, right)
  }
  for (const { name, fromMs } of cast.phases) {
    if (fromMs >= untilMs) throw invalidOption(`from of phase ${name}`, fromMs, right)
  }
}
