/** A figure that theory or a publication gives, and the run that measures the same on the simulator. */
export interface KnownAnswer {
  readonly group: string
  readonly name: string
  readonly unit: string
  readonly published: number
  /** Where the figure comes from. */
  readonly source: string
  /** How far the mean of all seeds may be off, as a share of the published figure. */
  readonly within: number
  /** Exact by theory: the mean must lie within three standard errors, too. A published simulation has errors of its own. */
  readonly exact: boolean
  readonly seeds: number
  /** One run of the real policy and model code; the same seed gives the same figure. */
  readonly measure: (seed: number) => Promise<number>
}

/** What the simulator says to a {@link KnownAnswer}. */
export interface Answer {
  readonly known: KnownAnswer
  readonly seeds: number
  readonly mean: number
  /** Of the mean: the scatter of the runs over the root of their number. */
  readonly standardError: number
  readonly agrees: boolean
}

const STANDARD_ERRORS = 3

/** Measures with so many seeds: 1, 2, 3 … */
export async function ask(known: KnownAnswer, seeds: number = known.seeds): Promise<Answer> {
  const figures: number[] = []
  for (let seed = 1; seed <= seeds; seed++) figures.push(await known.measure(seed))
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / seeds
  const variance = figures.reduce((sum, figure) => sum + (figure - mean) ** 2, 0) / Math.max(1, seeds - 1)
  const standardError = Math.sqrt(variance / seeds)
  const off = Math.abs(mean - known.published)
  const agrees = off <= known.within * known.published && (!known.exact || off <= STANDARD_ERRORS * standardError)
  return { known, seeds, mean, standardError, agrees }
}
