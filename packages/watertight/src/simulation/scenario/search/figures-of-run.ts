import type { RunRecord } from '../run-record.ts'

/** One number by which runs are compared. */
export interface Figure {
  readonly name: string
  readonly value: number
  /** Which of two values is the better one. */
  readonly better: 'more' | 'less'
}

/** The numbers of a run that comparisons, sweeps and searches look at. What never succeeded took as long as the run. */
export function figuresOf(run: RunRecord): readonly Figure[] {
  const figures: Figure[] = []
  const add = (name: string, better: 'more' | 'less', value: number): void => void figures.push({ name, value, better })
  const seconds = run.untilMs / 1_000
  for (const [route, { totals }] of Object.entries(run.routes)) {
    const { offered, succeeded, attempts, p50Ms, p99Ms } = totals
    add(`${route}: successes/s`, 'more', succeeded / seconds)
    add(`${route}: success`, 'more', share(succeeded, offered))
    add(`${route}: p50 ms`, 'less', p50Ms ?? run.untilMs)
    add(`${route}: p99 ms`, 'less', p99Ms ?? run.untilMs)
    add(`${route}: attempts per request`, 'less', share(attempts, offered))
  }
  const services = Object.values(run.services)
  const wasted = services.reduce((sum, service) => sum + total(service.wasted), 0)
  const served = services.reduce((sum, service) => sum + total(service.served), 0)
  add('wasted work', 'less', share(wasted, wasted + served))
  const crashes = services.reduce((sum, service) => sum + service.crashes.length, 0)
  add('crashes', 'less', crashes)
  add('contained', 'more', run.verdict.contained ? 1 : 0)
  return figures
}

/** The successes of all routes a second. */
export function goodputOf(run: RunRecord): number {
  const succeeded = Object.values(run.routes).reduce((sum, { totals }) => sum + totals.succeeded, 0)
  return succeeded / (run.untilMs / 1_000)
}

/** The worst 99th percentile of all routes; as long as the run where nothing succeeded. */
export function p99Of(run: RunRecord): number {
  return Math.max(...Object.values(run.routes).map(({ totals }) => totals.p99Ms ?? run.untilMs))
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function total(series: readonly number[]): number {
  return series.reduce((sum, one) => sum + one, 0)
}
