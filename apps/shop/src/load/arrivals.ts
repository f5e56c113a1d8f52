import { draws } from '../retail/draws.ts'
import { type Mix, ROUTES, type Route } from './route.ts'

const MS_PER_SECOND = 1_000

/** A stretch of the run with one rate of requests a second. */
export interface Phase {
  readonly name: string
  readonly seconds: number
  readonly rate: number
}

/** When somebody wants something: `atMs` after the start of the load. */
export interface Arrival {
  readonly atMs: number
  readonly phase: number
  readonly route: Route
}

/** The whole open-loop schedule of a run, made before it starts: it never waits for an answer. */
export interface LoadPlan {
  readonly seed: number
  readonly phases: readonly Phase[]
  readonly mix: Mix
}

/** The arrivals of a plan: Poisson in each phase, routes by the mix. The same plan always gives the same. */
export function arrivalsOf({ seed, phases, mix }: LoadPlan): readonly Arrival[] {
  const gap = draws(seed, 'arrival')
  const choice = draws(seed, 'route')
  const arrivals: Arrival[] = []
  let startMs = 0
  for (const [phase, { seconds, rate }] of phases.entries()) {
    const endMs = startMs + seconds * MS_PER_SECOND
    const next = (): number => (-Math.log(1 - gap()) / rate) * MS_PER_SECOND
    for (let atMs = startMs + next(); atMs < endMs; atMs += next())
      arrivals.push({ atMs, phase, route: routeAt(choice(), mix) })
    startMs = endMs
  }
  return arrivals
}

/** How many orders a plan needs. */
export function ordersIn(plan: LoadPlan): number {
  return arrivalsOf(plan).filter(({ route }) => route === 'order').length
}

/** How long a plan's phases take together, in milliseconds. */
export function durationMs(phases: readonly Phase[]): number {
  return phases.reduce((sum, { seconds }) => sum + seconds * MS_PER_SECOND, 0)
}

function routeAt(share: number, mix: Mix): Route {
  let sum = 0
  return ROUTES.find((route) => share < (sum += mix[route])) ?? 'browse'
}
