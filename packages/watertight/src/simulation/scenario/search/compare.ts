import { refuseUnknown, requireText } from '../../../runtime/option.ts'
import { type Progress, rehearse } from '../rehearse.ts'
import type { Comparison, RunRecord } from '../run-record.ts'
import type { Scenario } from '../scenario.ts'
import { type Figure, figuresOf } from './figures-of-run.ts'
import { estimate, pairedDifference } from './paired-difference.ts'
import { type Seeds, seedsOf } from './seeds.ts'

/** Options under a name. */
export interface Configuration {
  readonly name: string
  /** Plain data. */
  readonly options: object
}

/** How long a search goes on and who is told. */
export interface Watching {
  /** Told a few times a second. */
  readonly progress?: (progress: SearchProgress) => void
  /** Stops it; it rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** How far a search has come. */
export interface SearchProgress extends Progress {
  /** The run that is under way, from 1 on. */
  readonly run: number
  /** Runs in all, as far as that is known. */
  readonly runs: number
}

/** Two configurations, and the seeds on which they are compared. */
export interface CompareOptions extends Watching {
  readonly a: Configuration
  readonly b: Configuration
  /** Default: 5. */
  readonly seeds?: Seeds
}

/**
 * Compares two configurations on the same seeds: the same requests arrive at the same instants and draw the same service times in both,
 * so that most of the chance falls out of their difference and few seeds tell much.
 *
 * @example
 * const { metrics } = await compare(valentine, { a: { name: 'today', options: today }, b: { name: 'tomorrow', options: tomorrow } })
 *
 * @throws WatertightError `INVALID_OPTION`; what {@link rehearse} throws.
 */
export async function compare(scenario: Scenario, options: CompareOptions): Promise<Comparison> {
  refuseUnknown('compare', options, ['a', 'b', 'seeds', 'progress', 'signal'])
  const { a, b } = options
  requireText('a.name', a.name)
  requireText('b.name', b.name)
  const seeds = seedsOf(options.seeds ?? 5)
  const seen: { readonly a: readonly Figure[]; readonly b: readonly Figure[] }[] = []
  for (const [index, seed] of seeds.entries()) {
    const figures = async ({ name, options: given }: Configuration, run: number): Promise<readonly Figure[]> =>
      figuresOf(await runOnce(scenario, { configuration: name, options: given, seed }, options, run, 2 * seeds.length))
    seen.push({ a: await figures(a, 2 * index + 1), b: await figures(b, 2 * index + 2) })
  }
  const metrics = (seen[0]?.a ?? []).map(({ name, better }, index) => {
    const values = (which: 'a' | 'b'): readonly number[] => seen.map((run) => run[which][index]?.value ?? Number.NaN)
    const { mean, low, high } = pairedDifference(values('a'), values('b'))
    return {
      name,
      a: estimate(values('a')).mean,
      b: estimate(values('b')).mean,
      difference: mean,
      low,
      high,
      better: low > 0 ? winner(better === 'more') : high < 0 ? winner(better === 'less') : ('none' as const),
    }
  })
  return { a: a.name, b: b.name, seeds: seeds.length, metrics }
}

/** One run of a search: without the control, which has nothing to do with the difference. */
export function runOnce(
  scenario: Scenario,
  given: { configuration: string; options: object; seed: number | string; rateFactor?: number },
  { progress, signal }: Watching,
  run: number,
  runs: number,
): Promise<RunRecord> {
  return rehearse(scenario, {
    ...given,
    control: false,
    ...(signal && { signal }),
    ...(progress && { progress: (one) => progress({ ...one, run, runs }) }),
  })
}

function winner(isB: boolean): 'a' | 'b' {
  return isB ? 'b' : 'a'
}
