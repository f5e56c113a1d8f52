const FARTHEST = 3

/**
 * The name that was most likely meant: the nearest by letters typed, left out, put in or swapped; undefined when all are far away.
 *
 * Optimal string alignment distance (Damerau 1964, Levenshtein 1966).
 *
 * @example
 * nearest('valentin.ts', ['valentine.ts', 'quiet-day.ts']) // 'valentine.ts'
 */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const limit = Math.min(FARTHEST, Math.floor(given.length / 2))
  return names
    .map((name) => ({ name, far: distance(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ far }) => far <= limit)
    .toSorted((one, other) => one.far - other.far)[0]?.name
}

/** Says what was most likely meant, as the end of a sentence; nothing where nothing is near. */
export function didYouMean(given: string, names: readonly string[]): string {
  const found = nearest(given, names)
  return found === undefined ? '' : `; did you mean ${found}?`
}

function distance(one: string, other: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      next.push(
        Math.min(
          at(last, column) + 1,
          at(next, column - 1) + 1,
          at(last, column - 1) + (same ? 0 : 1),
          swapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      )
    }
    beforeLast = last
    last = next
  }
  return at(last, other.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
