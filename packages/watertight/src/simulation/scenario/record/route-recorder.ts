import type { Phase, RouteSeries } from '../run-record.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { NamedSeries, type Steps } from './steps.ts'
import { Tally } from './tally.ts'

type Quantiles = (number | null)[]

/**
 * Follows the requests of one route. Time is given with each call and never goes back; nothing is kept per request, and what is
 * kept per step are numbers in flat arrays.
 */
export class RouteRecorder {
  readonly name: string
  readonly #steps: Steps
  readonly #offered: Float64Array
  readonly #succeeded: Float64Array
  readonly #failed: Float64Array
  readonly #attempts: Float64Array
  readonly #abandoned: Float64Array
  readonly #succeededOfOffered: Float64Array
  readonly #refused: NamedSeries
  readonly #p50: Quantiles
  readonly #p99: Quantiles
  readonly #p999: Quantiles
  readonly #whole = new Tally(0, Infinity)
  readonly #phases: readonly (readonly [string, Tally])[]
  readonly #tallies: readonly Tally[]
  /** Latencies of the step that is under way. */
  readonly #latencies = new LatencyHistogram()
  #step = 0

  constructor(name: string, steps: Steps, phases: readonly Phase[]) {
    this.name = name
    this.#steps = steps
    this.#offered = steps.series()
    this.#succeeded = steps.series()
    this.#failed = steps.series()
    this.#attempts = steps.series()
    this.#abandoned = steps.series()
    this.#succeededOfOffered = steps.series()
    this.#refused = new NamedSeries(steps)
    this.#p50 = steps.unknown()
    this.#p99 = steps.unknown()
    this.#p999 = steps.unknown()
    this.#phases = phases.map((phase) => [phase.name, new Tally(phase.fromMs, phase.toMs)])
    this.#tallies = [this.#whole, ...this.#phases.map(([, tally]) => tally)]
  }

  offered(now: number): void {
    increment(this.#offered, this.#steps.at(now))
    for (const tally of this.#tallies) if (tally.holds(now)) tally.offered++
  }

  succeeded(due: number, now: number): void {
    const step = this.#steps.at(now)
    const latency = now - due
    if (step !== this.#step) this.#close(step)
    increment(this.#succeeded, step)
    increment(this.#succeededOfOffered, this.#steps.at(due))
    this.#latencies.record(latency)
    for (const tally of this.#tallies) if (tally.holds(due)) tally.latencies.record(latency)
  }

  failed(due: number, now: number, code: string): void {
    const step = this.#steps.at(now)
    increment(this.#failed, step)
    this.#refused.add(code, step)
    for (const tally of this.#tallies) if (tally.holds(due)) tally.failed++
  }

  /** A dependency is called. */
  attempted(now: number, first: boolean): void {
    increment(this.#attempts, this.#steps.at(now))
    for (const tally of this.#tallies) {
      if (!tally.holds(now)) continue
      tally.attempts++
      if (first) tally.firstTries++
    }
  }

  abandoned(now: number): void {
    increment(this.#abandoned, this.#steps.at(now))
    for (const tally of this.#tallies) if (tally.holds(now)) tally.abandoned++
  }

  series(): RouteSeries {
    this.#close(this.#step)
    return {
      offered: [...this.#offered],
      succeeded: [...this.#succeeded],
      failed: [...this.#failed],
      refused: this.#refused.toJSON(),
      attempts: [...this.#attempts],
      abandoned: [...this.#abandoned],
      p50Ms: this.#p50,
      p99Ms: this.#p99,
      p999Ms: this.#p999,
      succeededOfOffered: [...this.#succeededOfOffered],
      totals: this.#whole.totals(),
      byPhase: Object.fromEntries(this.#phases.map(([phase, tally]) => [phase, tally.totals()])),
    }
  }

  /** Writes down the quantiles of the step that is over. */
  #close(next: number): void {
    this.#p50[this.#step] = this.#latencies.quantile(0.5)
    this.#p99[this.#step] = this.#latencies.quantile(0.99)
    this.#p999[this.#step] = this.#latencies.quantile(0.999)
    this.#latencies.clear()
    this.#step = next
  }
}

function increment(series: Float64Array, step: number): void {
  series[step] = (series[step] as number) + 1
}
