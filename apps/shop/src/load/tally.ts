import { build, type Histogram } from 'hdr-histogram-js'
import type { Phase } from './arrivals.ts'
import { ROUTES, type Route } from './route.ts'

const MICROSECONDS = 1_000
const LONGEST_US = 60_000_000
const ALL_PERCENT = 100

/** What became of the requests of one route in one phase. */
export interface RouteFigures {
  readonly offered: number
  readonly succeeded: number
  /** Share that succeeded, 0..1; 1 when nothing was offered. */
  readonly success: number
  /**
   * Milliseconds from the scheduled instant to the end of the answer; a failure counts as infinite, told as `null`. An order
   * that the shop rejected for a good reason was answered, though not a success.
   */
  readonly p50: number | null
  readonly p99: number | null
}

/** Milliseconds that requests were sent after their scheduled instant. */
export interface Lateness {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** All figures of a load process. */
export interface LoadResult {
  readonly scheduleHash: string
  /** By phase name, then route. */
  readonly phases: Readonly<Record<string, Readonly<Record<Route, RouteFigures>>>>
  /** Answers to orders, by status: paid, pending, rejected, refused, unknown. */
  readonly orders: Readonly<Record<string, number>>
  readonly refusedByCause: Readonly<Record<string, number>>
  readonly lateness: Lateness
}

class RouteTally {
  readonly #latency: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_US,
    numberOfSignificantValueDigits: 3,
  })
  offered = 0
  #succeeded = 0

  answered(ms: number, success: boolean): void {
    this.#latency.recordValue(toMicroseconds(ms))
    if (success) this.#succeeded++
  }

  figures(): RouteFigures {
    return {
      offered: this.offered,
      succeeded: this.#succeeded,
      success: this.offered === 0 ? 1 : this.#succeeded / this.offered,
      p50: this.#quantile(0.5),
      p99: this.#quantile(0.99),
    }
  }

  /** Over all that was offered: what was not answered took for ever. */
  #quantile(share: number): number | null {
    const rank = Math.ceil(share * this.offered)
    const answered = this.#latency.totalCount
    if (rank === 0) return 0
    if (rank > answered) return null
    return this.#latency.getValueAtPercentile((rank / answered) * ALL_PERCENT) / MICROSECONDS
  }
}

/** Counts what the load process sees, per phase and route, in constant memory. */
export class Tally {
  readonly #phases: readonly { readonly name: string; readonly routes: Readonly<Record<Route, RouteTally>> }[]
  readonly #late: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_US,
    numberOfSignificantValueDigits: 3,
  })
  readonly #orders: Record<string, number> = {}
  readonly #causes: Record<string, number> = {}

  constructor(phases: readonly Phase[]) {
    this.#phases = phases.map(({ name }) => ({
      name,
      routes: Object.fromEntries(ROUTES.map((route) => [route, new RouteTally()])) as Record<Route, RouteTally>,
    }))
  }

  offered(phase: number, route: Route, lateMs: number): void {
    this.#of(phase, route).offered++
    this.#late.recordValue(toMicroseconds(lateMs))
  }

  succeeded(phase: number, route: Route, ms: number): void {
    this.#of(phase, route).answered(ms, true)
  }

  /** Answered with a no that is right, such as "out of stock". */
  rejected(phase: number, route: Route, ms: number): void {
    this.#of(phase, route).answered(ms, false)
  }

  /** Why a request did not succeed: an error code, or what the user did. */
  failed(cause: string): void {
    this.#causes[cause] = (this.#causes[cause] ?? 0) + 1
  }

  order(status: string): void {
    this.#orders[status] = (this.#orders[status] ?? 0) + 1
  }

  result(scheduleHash: string): LoadResult {
    return {
      scheduleHash,
      phases: Object.fromEntries(
        this.#phases.map(({ name, routes }) => [
          name,
          Object.fromEntries(ROUTES.map((route) => [route, routes[route].figures()])) as Record<Route, RouteFigures>,
        ]),
      ),
      orders: this.#orders,
      refusedByCause: this.#causes,
      lateness: {
        p50: this.#late.getValueAtPercentile(50) / MICROSECONDS,
        p99: this.#late.getValueAtPercentile(99) / MICROSECONDS,
        max: this.#late.maxValue / MICROSECONDS,
      },
    }
  }

  #of(phase: number, route: Route): RouteTally {
    const tally = this.#phases[phase]?.routes[route]
    if (tally === undefined) throw new RangeError(`there is no phase ${phase}`)
    return tally
  }
}

function toMicroseconds(ms: number): number {
  return Math.min(LONGEST_US, Math.max(1, Math.round(ms * MICROSECONDS)))
}
