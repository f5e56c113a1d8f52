import { median } from '../measure.ts'

/** Works for some seconds, and says how much it did in a second. */
export interface Side {
  readonly name: string
  run(round: number): Promise<number>
}

/** What each side did in a second: the median over the rounds. */
export type Rates = readonly [ours: number, theirs: number]

const WARM_UP = 0

/**
 * Lets two sides work in turn, so that a busy moment of the machine hits both alike; who begins changes with every round, and
 * a round before the first is not counted.
 */
export async function alternate(
  sides: readonly [ours: Side, theirs: Side],
  rounds: number,
  progress: (what: string) => void,
): Promise<Rates> {
  const rates = new Map<Side, number[]>(sides.map((side) => [side, []]))
  for (let round = WARM_UP; round <= rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const rate = await side.run(round)
      progress(
        `${round === WARM_UP ? 'warming up' : `round ${round} of ${rounds}`}: ${side.name} ${Math.round(rate)}/s`,
      )
      if (round !== WARM_UP) rates.get(side)?.push(rate)
    }
  }
  const [ours, theirs] = sides
  return [median(rates.get(ours) ?? []), median(rates.get(theirs) ?? [])]
}

const MS_PER_S = 1_000

/** Calls `once` again and again for `seconds`, so many at a time; how many ended in a second. */
export async function perSecond(
  seconds: number,
  atATime: number,
  once: (worker: number) => Promise<void>,
): Promise<number> {
  const begin = performance.now()
  const end = begin + seconds * MS_PER_S
  let done = 0
  const work = async (worker: number): Promise<void> => {
    while (performance.now() < end) {
      await once(worker)
      done++
    }
  }
  await Promise.all(Array.from({ length: atATime }, (_, worker) => work(worker)))
  return (done / (performance.now() - begin)) * MS_PER_S
}
