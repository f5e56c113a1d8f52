import { WatertightError } from '../../../runtime/error.ts'
import type { Phase, RouteSeries, RouteTotals } from '../run-record.ts'
import type { Evidence } from './expectation.ts'

/** A stretch of the run. */
export interface Window {
  readonly fromMs: number
  readonly toMs: number
}

/** @throws WatertightError `INVALID_OPTION` when the scenario has no such phase. */
export function phaseOf(run: Evidence, name: string): Phase {
  const phase = run.phases.find((one) => one.name === name)
  if (phase === undefined)
    throw unknown(
      'phase',
      name,
      run.phases.map((one) => one.name),
    )
  return phase
}

/** @throws WatertightError `INVALID_OPTION` when the scenario has no such route. */
export function routeOf(run: Evidence, name: string): RouteSeries {
  const route = run.routes[name]
  if (route === undefined) throw unknown('route', name, Object.keys(run.routes))
  return route
}

/** The requests of a route that were due in a phase. @throws WatertightError `INVALID_OPTION` */
export function totalsOf(run: Evidence, route: string, phase: string): RouteTotals {
  return routeOf(run, route).byPhase[phaseOf(run, phase).name] as RouteTotals
}

/** The sum of a series over the steps that lie within a window as a whole. */
export function sumOver(run: Evidence, series: readonly number[], { fromMs, toMs }: Window): number {
  const { stepMs } = run
  let sum = 0
  for (let step = Math.ceil(fromMs / stepMs); (step + 1) * stepMs <= toMs && step < series.length; step++) {
    sum += series[step] as number
  }
  return sum
}

/** How long the steps are together that {@link sumOver} sums over, in seconds. */
export function secondsOf({ stepMs, untilMs }: Evidence, { fromMs, toMs }: Window): number {
  const steps = Math.floor(Math.min(toMs, untilMs) / stepMs) - Math.ceil(fromMs / stepMs)
  return (Math.max(0, steps) * stepMs) / 1_000
}

function unknown(what: string, name: string, there: readonly string[]): WatertightError {
  return new WatertightError(
    'INVALID_OPTION',
    `the verdict asks for the ${what} '${name}', which the scenario has not: ${there.length === 0 ? 'it has none' : `it has ${there.join(', ')}`}`,
  )
}
