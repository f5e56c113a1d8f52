import { InvalidArgumentError } from 'commander'

const RANGE = /^(\d+)\.\.(\d+)$/
const WHOLE = /^\d+$/
const MOST_SEEDS = 10_000

/** A seed from the command line: a whole number, or any word. */
export function readSeed(text: string): number | string {
  if (text === '') throw new InvalidArgumentError('write a number or a word, such as --seed 7')
  return WHOLE.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text
}

/** Some seeds from the command line: `1..20`, `3,7,9`, or one. */
export function readSeeds(text: string): readonly (number | string)[] {
  const [, from, to] = RANGE.exec(text) ?? []
  if (from === undefined || to === undefined) {
    if (text.includes('..')) throw new InvalidArgumentError('write a range of whole numbers, such as --seeds 1..20')
    return [...new Set(text.split(',').map((seed) => readSeed(seed.trim())))]
  }
  const count = Number(to) - Number(from) + 1
  if (count < 1) throw new InvalidArgumentError(`${text} ends before it begins; write --seeds ${to}..${from}`)
  if (count > MOST_SEEDS)
    throw new InvalidArgumentError(`these are ${count} seeds; at most ${MOST_SEEDS} run at a time`)
  return Array.from({ length: count }, (_, index) => Number(from) + index)
}
