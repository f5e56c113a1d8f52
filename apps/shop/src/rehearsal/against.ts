import type { RunRecord } from 'watertight/simulation'
import type { IncidentRecord } from '../incident/record.ts'
import { ROUTES, type Route } from '../load/route.ts'
import { SHOP_PHASES, type ShopPhase } from './live-conditions.ts'

/** Goodput of a rehearsal may differ by this share from that of the real run. */
export const TOLERANCE = 0.2
/** Requests a second that are no difference. */
const NOTHING = 0.1
const MS_PER_SECOND = 1_000

/** One route in one phase: as it was, and as it was rehearsed. */
export interface Row {
  readonly phase: ShopPhase
  readonly route: Route
  readonly real: Figures | undefined
  readonly simulated: Figures
}

export interface Figures {
  /** Successes a second. */
  readonly goodput: number
  /** Milliseconds; null: never. */
  readonly p50: number | null
  readonly p99: number | null
}

/** Whether rehearsals came true. */
export interface Agreement {
  readonly rows: readonly Row[]
  /**
   * Greatest share by which goodput differs in a phase: of each route where the seed, and so the schedule, is that of the real run; of
   * all routes together where it is another one, whose requests are as many by chance only.
   */
  readonly worst: number
  readonly agrees: boolean
}

/** Puts rehearsals of several seeds, whose means are shown, beside the record of a real run. */
export function sideBySide(record: IncidentRecord | undefined, runs: readonly RunRecord[]): Agreement {
  let worst = 0
  const rows = SHOP_PHASES.flatMap((phase) =>
    ROUTES.map((route): Row => {
      const simulated = runs.map((run) => simulatedFigures(run, phase, route))
      const real = record && realFigures(record, runs, phase, route)
      for (const [index, run] of runs.entries()) {
        if (real === undefined || run.seed !== record?.seed) continue
        worst = Math.max(worst, apart(real.goodput, simulated[index]?.goodput ?? 0))
      }
      return { phase, route, real, simulated: meanOf(simulated) }
    }),
  )
  for (const phase of SHOP_PHASES) {
    if (record === undefined) break
    const real = goodputOf((route) => realFigures(record, runs, phase, route)?.goodput ?? 0)
    for (const run of runs) {
      worst = Math.max(
        worst,
        apart(
          real,
          goodputOf((route) => simulatedFigures(run, phase, route).goodput),
        ),
      )
    }
  }
  return { rows, worst, agrees: worst <= TOLERANCE }
}

function goodputOf(of: (route: Route) => number): number {
  return ROUTES.reduce((sum, route) => sum + of(route), 0)
}

function simulatedFigures(run: RunRecord, phase: string, route: Route): Figures {
  const { offered = 0, succeeded = 0, p50Ms = null, p99Ms = null } = run.routes[route]?.byPhase[phase] ?? {}
  // As in the real run's figures, what failed took for ever.
  const within = (share: number, ms: number | null): number | null => (succeeded >= share * offered ? ms : null)
  return { goodput: succeeded / secondsOf(run, phase), p50: within(0.5, p50Ms), p99: within(0.99, p99Ms) }
}

function realFigures(
  { phases }: IncidentRecord,
  [run]: readonly RunRecord[],
  phase: string,
  route: Route,
): Figures | undefined {
  const figures = phases[phase]?.[route]
  if (figures === undefined || run === undefined) return undefined
  return { goodput: figures.succeeded / secondsOf(run, phase), p50: figures.p50, p99: figures.p99 }
}

function secondsOf({ phases }: RunRecord, name: string): number {
  const phase = phases.find((one) => one.name === name)
  return phase === undefined ? Number.NaN : (phase.toMs - phase.fromMs) / MS_PER_SECOND
}

/** Beside what is small a single request is much. */
function apart(real: number, simulated: number): number {
  const difference = Math.abs(simulated - real)
  return difference <= NOTHING ? 0 : difference / Math.max(real, Number.MIN_VALUE)
}

function meanOf(figures: readonly Figures[]): Figures {
  const mean = (of: (one: Figures) => number | null): number | null => {
    const values = figures.map(of).filter((value) => value !== null)
    return values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length
  }
  return { goodput: mean(({ goodput }) => goodput) ?? 0, p50: mean(({ p50 }) => p50), p99: mean(({ p99 }) => p99) }
}
