/** What minimising came to. */
export interface Minimised<T> {
  readonly kept: readonly T[]
  /** How often it was tried whether fewer are enough. */
  readonly runs: number
}

const MOST_RUNS = 600

/**
 * Leaves out of `items` what is not needed for `fails` to stay true, until no single one can be left out: delta debugging
 * (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002). Gives up on getting any smaller after
 * 600 runs.
 *
 * @example
 * const { kept } = await minimise(faults, async (some) => (await runSeed(hunted, 7, new Set(some))).violation !== undefined)
 */
export async function minimise<T>(
  items: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
): Promise<Minimised<T>> {
  let kept = items
  let parts = 2
  let runs = 0
  while (kept.length > 0 && runs < MOST_RUNS) {
    const size = Math.max(1, Math.ceil(kept.length / parts))
    let smaller: readonly T[] | undefined
    for (let from = 0; from < kept.length && runs < MOST_RUNS; from += size) {
      const without = [...kept.slice(0, from), ...kept.slice(from + size)]
      runs++
      if (await fails(without)) {
        smaller = without
        break
      }
    }
    if (smaller !== undefined) {
      kept = smaller
      parts = Math.max(2, parts - 1)
    } else if (size === 1) break
    else parts = Math.min(kept.length, parts * 2)
  }
  return { kept, runs }
}
