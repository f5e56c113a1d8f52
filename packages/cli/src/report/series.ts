import type { Folded } from './page-data.ts'

/** How several steps become one point: of a rate the mean, of a gauge the last reading, of a latency the worst. */
export type Kind = 'mean' | 'gauge' | 'worst'

/** One number for each step; null where there was nothing to measure. */
export type Steps = readonly (number | null)[]

const MOST_POINTS = 900
const DIGITS = 4
/** Shorter repetitions are not worth their brackets. */
const WORTH_FOLDING = 3

/** How many steps one point stands for, so that a long run does not make a page that nobody can open. */
export function stepsPerPoint(steps: number): number {
  return Math.max(1, Math.ceil(steps / MOST_POINTS))
}

/** The points of a series, `width` steps each. */
export function points(steps: Steps, width: number, kind: Kind): Steps {
  if (width === 1) return steps
  return Array.from({ length: Math.ceil(steps.length / width) }, (_, point) =>
    onePoint(steps.slice(point * width, (point + 1) * width), kind),
  )
}

/** Four digits are more than a screen shows; repetitions are written once. */
export function folded(values: Steps): Folded {
  const found: [value: number | null, times: number][] = []
  for (const value of values) {
    const rounded = value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(DIGITS))
    const last = found.at(-1)
    if (last !== undefined && last[0] === rounded) last[1]++
    else found.push([rounded, 1])
  }
  return found.flatMap(
    ([value, times]): Folded =>
      times > WORTH_FOLDING ? [[value, times]] : new Array<number | null>(times).fill(value),
  )
}

/** The largest of some series; 0 where there is none. */
export function largest(all: readonly Steps[]): number {
  return all.reduce((most, steps) => steps.reduce<number>((high, value) => Math.max(high, value ?? 0), most), 0)
}

function onePoint(values: Steps, kind: Kind): number | null {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return null
  if (kind === 'mean') return known.reduce((total, value) => total + value, 0) / known.length
  return kind === 'gauge' ? (known.at(-1) ?? null) : Math.max(...known)
}
