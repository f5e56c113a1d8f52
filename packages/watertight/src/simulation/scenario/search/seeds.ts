import { invalidOption, requirePositiveInteger } from '../../../runtime/option.ts'

/** Which seeds: so many, from 1 on, or these. */
export type Seeds = number | readonly (number | string)[]

/** @throws WatertightError `INVALID_OPTION` */
export function seedsOf(seeds: Seeds): readonly (number | string)[] {
  if (typeof seeds === 'number') {
    return Array.from({ length: requirePositiveInteger('seeds', seeds) }, (_, index) => index + 1)
  }
  if (seeds.length === 0) throw invalidOption('seeds', seeds, 'a number of seeds, or a list with some')
  return seeds
}
