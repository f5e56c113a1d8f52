import type { Folded } from '../page-data.ts'

/** The values of a folded series. */
export function unfold(folded: Folded): (number | null)[] {
  return folded.flatMap((entry) =>
    typeof entry === 'object' && entry !== null ? new Array<number | null>(entry[1]).fill(entry[0]) : [entry],
  )
}
