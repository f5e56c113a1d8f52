import { keyedRandom } from 'watertight'

/** The next of a repeatable sequence of numbers in [0, 1). */
export type Draw = () => number

/** The sequence of a seed and a purpose: other purposes never disturb it. */
export function draws(seed: number, purpose: string): Draw {
  const random = keyedRandom(seed)
  let next = 0
  return () => random(purpose, next++)
}

/** One of `values`, each as likely as the others. */
export function pick<T>(values: readonly T[], draw: Draw): T {
  const value = values[Math.floor(draw() * values.length)]
  if (value === undefined) throw new RangeError('there is nothing to pick from')
  return value
}
