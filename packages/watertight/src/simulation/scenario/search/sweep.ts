import { type Duration, toMilliseconds } from '../../../runtime/duration.ts'
import { invalidOption, refuseUnknown, requirePositiveInteger } from '../../../runtime/option.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { plainOptions, withOption } from '../option-path.ts'
import type { RunRecord, Sweep, SweepPoint } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import { runOnce, type Watching } from './compare.ts'
import { goodputOf, p99Of } from './figures-of-run.ts'
import { estimate } from './paired-difference.ts'
import { type Seeds, seedsOf } from './seeds.ts'
import { readVariation, requireVariation, type Variation, valuesOf } from './variation.ts'

/** What all walks over a parameter have in common. */
export interface WalkOptions extends Watching {
  /** In place of the scenario's own. */
  readonly options?: object
  /** Default: 3. */
  readonly seeds?: Seeds
}

/** Multiples of the load. */
export interface LoadSweepOptions extends WalkOptions {
  /** Multiples of all rates. Default: 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3. */
  readonly factors?: readonly number[]
}

/** One option, and how many of its values are looked at. */
export interface SweepOptions extends WalkOptions {
  /** Such as `'payments.queue=0..400'`. */
  readonly vary: Variation | string
  /** Most values of a range. Default: 8. */
  readonly count?: number
}

/** Two options. */
export interface GridOptions extends WalkOptions {
  readonly x: Variation | string
  readonly y: Variation | string
  /** Most values of each range. Default: 5. */
  readonly count?: number
}

/** Where it tips: the same scenario under each pair of two options' values. */
export interface Grid {
  readonly x: { readonly path: string; readonly values: readonly JsonValue[] }
  readonly y: { readonly path: string; readonly values: readonly JsonValue[] }
  /** Row by row: all x of the first y, then of the second. */
  readonly cells: readonly GridCell[]
}

/** One pair of values, over its seeds. */
export interface GridCell {
  readonly x: JsonValue
  readonly y: JsonValue
  readonly seeds: number
  readonly goodput: number
  readonly p99Ms: number
  /** Share of the seeds whose run was contained. */
  readonly contained: number
  /** Share of the seeds in which each condition held. */
  readonly held: Readonly<Record<string, number>>
}

const FACTORS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3]
const SEEDS = 3

/**
 * The same scenario at multiples of its load: up to where is it contained, and what becomes of it beyond?
 *
 * @throws WatertightError `INVALID_OPTION`; what `rehearse` throws.
 */
export async function sweepLoad(scenario: Scenario, options: LoadSweepOptions = {}): Promise<Sweep> {
  refuseUnknown('sweepLoad', options, ['factors', 'options', 'seeds', 'progress', 'signal'])
  const given = startOf(scenario, options)
  const factors = options.factors ?? FACTORS
  const points: SweepPoint[] = []
  for (const [index, rateFactor] of factors.entries()) {
    const runs = await runsOf(scenario, { options: given, rateFactor }, options, index, factors.length)
    points.push({ value: rateFactor, ...summary(runs) })
  }
  return { parameter: 'rate', points }
}

/**
 * The same scenario under several values of one option, which are numbers or durations.
 *
 * @throws WatertightError `INVALID_OPTION`; what `rehearse` throws.
 */
export async function sweep(scenario: Scenario, options: SweepOptions): Promise<Sweep> {
  refuseUnknown('sweep', options, ['vary', 'count', 'options', 'seeds', 'progress', 'signal'])
  const variation = variationOf(options.vary)
  const values = valuesOf(variation, requirePositiveInteger('count', options.count ?? 8))
  const axis = values.map((value) => numberOf(variation.path, value))
  const points: SweepPoint[] = []
  for (const [index, value] of values.entries()) {
    const changed = withOption(startOf(scenario, options), variation.path, value, shapesOf(scenario))
    const runs = await runsOf(scenario, { options: changed }, options, index, values.length)
    points.push({ value: axis[index] as number, ...summary(runs) })
  }
  return { parameter: variation.path, points }
}

/**
 * The same scenario under all pairs of two options' values, such as the height and the length of a spike: shows where it tips. A system
 * that is contained up to some trigger and stays broken beyond it, long after the trigger is gone, is metastable.
 *
 * After N. Bronson, A. Aghayev, A. Charapko, T. Zhu, "Metastable Failures in Distributed Systems" (HotOS 2021).
 *
 * @throws WatertightError `INVALID_OPTION`; what `rehearse` throws.
 */
export async function grid(scenario: Scenario, options: GridOptions): Promise<Grid> {
  refuseUnknown('grid', options, ['x', 'y', 'count', 'options', 'seeds', 'progress', 'signal'])
  const [x, y] = [variationOf(options.x), variationOf(options.y)]
  const count = requirePositiveInteger('count', options.count ?? 5)
  const [columns, rows] = [valuesOf(x, count), valuesOf(y, count)]
  const shapes = shapesOf(scenario)
  const cells: GridCell[] = []
  for (const row of rows) {
    for (const column of columns) {
      const across = withOption(startOf(scenario, options), x.path, column, shapes)
      const changed = withOption(across, y.path, row, shapes)
      const runs = await runsOf(scenario, { options: changed }, options, cells.length, rows.length * columns.length)
      cells.push({ x: column, y: row, ...summary(runs), held: heldIn(runs) })
    }
  }
  return { x: { path: x.path, values: columns }, y: { path: y.path, values: rows }, cells }
}

/** Where a value stands on the axis: durations in milliseconds. */
function numberOf(path: string, value: JsonValue): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return toMilliseconds(path, value as Duration)
  throw invalidOption(path, value, 'a number or a duration: a sweep is along an axis')
}

/** What options may look like: those of a scenario and of its control. */
export function shapesOf({ options, control }: Scenario): readonly JsonObject[] {
  return control === undefined ? [options] : [options, control]
}

/** The options from which a walk sets out. @throws WatertightError `INVALID_OPTION` */
function startOf(scenario: Scenario, { options }: WalkOptions): JsonObject {
  return options === undefined ? scenario.options : plainOptions(options)
}

/** @throws WatertightError `INVALID_OPTION` */
export function variationOf(vary: Variation | string): Variation {
  return typeof vary === 'string' ? readVariation(vary) : requireVariation(vary)
}

async function runsOf(
  scenario: Scenario,
  given: { options: JsonObject; rateFactor?: number },
  watching: WalkOptions,
  point: number,
  points: number,
): Promise<readonly RunRecord[]> {
  const seeds = seedsOf(watching.seeds ?? SEEDS)
  const runs: RunRecord[] = []
  for (const [index, seed] of seeds.entries()) {
    const run = point * seeds.length + index + 1
    runs.push(
      await runOnce(scenario, { ...given, configuration: 'varied', seed }, watching, run, points * seeds.length),
    )
  }
  return runs
}

function summary(runs: readonly RunRecord[]): Omit<SweepPoint, 'value'> {
  return {
    seeds: runs.length,
    goodput: estimate(runs.map(goodputOf)).mean,
    p99Ms: estimate(runs.map(p99Of)).mean,
    contained: runs.filter(({ verdict }) => verdict.contained).length / runs.length,
  }
}

function heldIn(runs: readonly RunRecord[]): Readonly<Record<string, number>> {
  const held: Record<string, number> = {}
  for (const { verdict } of runs) {
    for (const condition of verdict.conditions) {
      held[condition.name] = (held[condition.name] ?? 0) + (condition.held ? 1 / runs.length : 0)
    }
  }
  return held
}
