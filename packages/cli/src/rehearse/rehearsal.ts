import {
  compare,
  type Comparison,
  type Grid,
  grid,
  type JsonObject,
  readVariation,
  rehearse,
  type RunRecord,
  type Scenario,
  type Sweep,
  sweep,
  sweepLoad,
  withOption,
} from 'watertight/simulation'
import type { NamedOptions } from './configuration.ts'

/** What is to be run. */
export interface RehearsalPlan {
  /** One configuration, or the two that are compared. */
  readonly configurations: readonly [NamedOptions, NamedOptions?]
  readonly seeds: readonly (number | string)[]
  /** Seeds for what needs several; each search has its own default. */
  readonly searchSeeds?: readonly (number | string)[]
  /** Whether the control runs on the same seed too, where the verdict asks for it. */
  readonly control: boolean
  /** The load, or `PATH=FROM..TO`. */
  readonly sweep?: true | string
  readonly grid?: readonly [string, string]
  /** Most values of a range. */
  readonly points?: number
}

/** What came of it. */
export interface Rehearsal {
  readonly scenario: string
  /** Whether all runs were; of a comparison, those of the second configuration. */
  readonly contained: boolean
  /** One for each seed; of a comparison, one for each configuration, on the first seed. */
  readonly runs: readonly [RunRecord, ...RunRecord[]]
  readonly comparison?: Comparison
  readonly sweep?: Sweep
  readonly grid?: Grid
}

/** Told what runs, and how far it has come. */
export type Watch = (what: string, part: { readonly nowMs: number; readonly untilMs: number }) => void

/** Runs a scenario as it was asked for. */
export async function rehearsalOf(scenario: Scenario, plan: RehearsalPlan, watch: Watch): Promise<Rehearsal> {
  const [first, second] = plan.configurations
  // Before the first run, which may take its time.
  for (const vary of [plan.sweep, ...(plan.grid ?? [])])
    if (typeof vary === 'string') requireVaried(scenario, first.options, vary)
  const runs =
    second === undefined
      ? await everySeed(scenario, first, plan, watch)
      : await sideBySide(scenario, [first, second], plan, watch)
  const { options } = first
  const seeds = plan.searchSeeds === undefined ? {} : { seeds: plan.searchSeeds }
  const count = plan.points === undefined ? {} : { count: plan.points }
  const of = (what: string) => ({
    ...seeds,
    progress: (part: { nowMs: number; untilMs: number; run: number; runs: number }) =>
      watch(`${what}, run ${part.run} of ${part.runs}`, part),
  })
  const comparison = second && (await compare(scenario, { a: first, b: second, ...of('comparison') }))
  const swept =
    plan.sweep === undefined
      ? undefined
      : plan.sweep === true
        ? await sweepLoad(scenario, { options, ...of('load sweep') })
        : await sweep(scenario, { options, vary: plan.sweep, ...count, ...of('sweep') })
  const gridded =
    plan.grid && (await grid(scenario, { options, x: plan.grid[0], y: plan.grid[1], ...count, ...of('grid') }))
  return {
    scenario: scenario.name,
    contained:
      comparison === undefined ? runs.every(({ verdict }) => verdict.contained) : containedInAll(comparison, runs),
    runs,
    ...(comparison && { comparison }),
    ...(swept && { sweep: swept }),
    ...(gridded && { grid: gridded }),
  }
}

/** @throws WatertightError `INVALID_OPTION` when it names an option that there is not. */
function requireVaried({ options: own, control = own }: Scenario, options: JsonObject, vary: string): void {
  withOption(options, readVariation(vary).path, null, [own, control])
}

async function everySeed(
  scenario: Scenario,
  { name, options }: NamedOptions,
  { seeds, control }: RehearsalPlan,
  watch: Watch,
): Promise<Rehearsal['runs']> {
  const runs: RunRecord[] = []
  for (const [index, seed] of seeds.entries()) {
    const nth = seeds.length === 1 ? '' : ` (${index + 1} of ${seeds.length})`
    runs.push(
      await rehearse(scenario, {
        seed,
        options,
        configuration: name,
        control,
        progress: (part) => watch(`${part.configuration}, seed ${seed}${nth}`, part),
      }),
    )
  }
  return atLeastOne(runs)
}

async function sideBySide(
  scenario: Scenario,
  configurations: readonly NamedOptions[],
  { seeds }: RehearsalPlan,
  watch: Watch,
): Promise<Rehearsal['runs']> {
  const seed = seeds[0] ?? 1
  const runs: RunRecord[] = []
  for (const { name, options } of configurations) {
    const progress = (part: { nowMs: number; untilMs: number }): void => watch(`${name}, seed ${seed}`, part)
    runs.push(await rehearse(scenario, { seed, options, configuration: name, control: false, progress }))
  }
  return atLeastOne(runs)
}

function containedInAll({ metrics }: Comparison, runs: Rehearsal['runs']): boolean {
  const share = metrics.find(({ name }) => name === 'contained')?.b ?? 1
  return share === 1 && (runs.at(-1)?.verdict.contained ?? false)
}

function atLeastOne(runs: readonly RunRecord[]): Rehearsal['runs'] {
  const [first, ...others] = runs
  if (first === undefined) throw new RangeError('a rehearsal has at least one seed')
  return [first, ...others]
}
