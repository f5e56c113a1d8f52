import type { RouteTotals, ServiceSeries } from '../run-record.ts'
import type { Evidence } from './expectation.ts'

const STEPS = 600
const SPIKE = { from: 60, to: 180 }

const series = (at: (second: number) => number): readonly number[] =>
  Array.from({ length: STEPS }, (_, second) => at(second))

const inSpike = (second: number): boolean => second >= SPIKE.from && second < SPIKE.to

const totals = (offered: number, given: Partial<RouteTotals> = {}): RouteTotals => ({
  offered,
  succeeded: offered,
  failed: 0,
  attempts: offered,
  firstTries: offered,
  abandoned: 0,
  unfinished: 0,
  p50Ms: 80,
  p99Ms: 400,
  p999Ms: 900,
  maxMs: 1_000,
  ...given,
})

const service = (given: Partial<ServiceSeries> = {}): ServiceSeries => ({
  inFlight: series(() => 20),
  queued: series((second) => (inSpike(second) ? 40 : 0)),
  oldestMs: series(() => 0),
  memory: series(() => 20),
  up: series(() => 4),
  served: series((second) => (inSpike(second) ? 200 : 100)),
  wasted: series(() => 0),
  refused: {},
  crashes: [],
  ...given,
})

/** What a run may have been like, where it differs from one that is contained in every respect. */
export interface Planted {
  readonly succeeded?: (second: number) => number
  readonly succeededOfOffered?: (second: number) => number
  readonly order?: Partial<RouteTotals>
  readonly browse?: Partial<RouteTotals>
  readonly payment?: Partial<ServiceSeries>
  readonly broken?: Evidence['broken']
  readonly sometimes?: Evidence['sometimes']
}

/** A run of 600 s: 100 orders a second, 1,500 from 60 to 180 s, of which 200 can be served; 50 who only look around. */
export function plantedRun(planted: Planted = {}): Evidence {
  const offered = series((second) => (inSpike(second) ? 1_500 : 100))
  const succeeded = planted.succeeded ?? ((second: number) => (inSpike(second) ? 200 : 100))
  const nothing = series(() => 0)
  const latency = series(() => 100)
  const route = { failed: nothing, refused: {}, abandoned: nothing, p50Ms: latency, p99Ms: latency, p999Ms: latency }
  const browse = series(() => 50)
  return {
    scenario: 'planted',
    seed: 1,
    configuration: 'protected',
    options: {},
    untilMs: 600_000,
    stepMs: 1_000,
    phases: [
      { name: 'before', fromMs: 0, toMs: 60_000 },
      { name: 'spike', fromMs: 60_000, toMs: 180_000 },
    ],
    traceHash: '0',
    eventCount: 0,
    routes: {
      order: {
        ...route,
        offered,
        succeeded: series(succeeded),
        succeededOfOffered: series(planted.succeededOfOffered ?? succeeded),
        attempts: offered,
        totals: totals(228_000, { succeeded: 72_000, failed: 156_000, ...planted.order }),
        byPhase: {},
      },
      browse: {
        ...route,
        offered: browse,
        succeeded: browse,
        succeededOfOffered: browse,
        attempts: browse,
        totals: totals(30_000),
        byPhase: { before: totals(3_000, { p99Ms: 30 }), spike: totals(6_000, { p99Ms: 60, ...planted.browse }) },
      },
    },
    services: { payment: service(planted.payment) },
    pipelines: {},
    faults: [],
    sometimes: planted.sometimes ?? {},
    broken: planted.broken ?? [],
  }
}

/** A series of the planted run's length. */
export { series as plantedSeries }
