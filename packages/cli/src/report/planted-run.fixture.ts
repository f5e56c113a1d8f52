import type { LimitSeries, RouteSeries, RouteTotals, RunRecord, ServiceSeries } from 'watertight/simulation'

const STEPS = 600
const CAPACITY = 2_000
const NORMAL = 1_000
const PEAK = 15_000

const series = (of: (second: number) => number): readonly number[] =>
  Array.from({ length: STEPS }, (_, second) => Math.round(of(second)))

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function offeredAt(second: number): number {
  const ripple = 20 * Math.sin(second)
  if (second < 60 || second >= 180) return NORMAL + ripple
  if (second < 90) return NORMAL + ((PEAK - NORMAL) * (second - 60)) / 30 + ripple
  return second < 150 ? PEAK + 5 * ripple : PEAK - ((PEAK - NORMAL) * (second - 150)) / 30
}

function route(offered: readonly number[], succeeded: readonly number[], perTry: number, slow: number): RouteSeries {
  const failed = offered.map((count, second) => Math.max(0, count - (succeeded[second] ?? 0)))
  const attempts = offered.map((count, second) => Math.round(Math.min(count, succeeded[second] ?? 0) * perTry))
  const p99Ms = succeeded.map((count, second) => (count === 0 ? null : 400 + slow * (failed[second] ?? 0)))
  return {
    offered,
    succeeded,
    failed,
    refused: {
      OVERLOADED: failed.map((count) => Math.round(count * 0.7)),
      BULKHEAD_FULL: failed.map((count) => Math.round(count * 0.3)),
    },
    attempts,
    abandoned: failed.map((count) => Math.round(count * (perTry - 1) * 0.1)),
    p50Ms: p99Ms.map((ms) => (ms === null ? null : Math.round(ms / 5))),
    p99Ms,
    p999Ms: p99Ms.map((ms) => (ms === null ? null : ms * 2)),
    succeededOfOffered: succeeded,
    totals: totals(offered, succeeded, perTry),
    byPhase: {
      spike: totals(offered.slice(60, 180), succeeded.slice(60, 180), perTry),
      'after spike': totals(offered.slice(210, 510), succeeded.slice(210, 510), perTry),
    },
  }
}

function totals(offered: readonly number[], succeeded: readonly number[], perTry: number): RouteTotals {
  return {
    offered: sum(offered),
    succeeded: sum(succeeded),
    failed: sum(offered) - sum(succeeded),
    attempts: Math.round(sum(succeeded) * perTry),
    firstTries: sum(succeeded),
    abandoned: 0,
    unfinished: 0,
    p50Ms: 71,
    p99Ms: 402,
    p999Ms: 811,
    maxMs: 1_800,
  }
}

function payment(load: (second: number) => number, crashes: ServiceSeries['crashes']): ServiceSeries {
  return {
    inFlight: series((second) => Math.min(200, load(second) / 10)),
    queued: series((second) => Math.max(0, load(second) - CAPACITY)),
    oldestMs: series((second) => Math.max(0, (load(second) - CAPACITY) / 2)),
    memory: series(load).map((requests) => Math.min(1, requests / PEAK)),
    up: series(
      (second) => 4 - crashes.filter(({ atMs }) => second * 1_000 >= atMs && second * 1_000 < atMs + 30_000).length,
    ),
    served: series((second) => Math.min(load(second), CAPACITY)),
    wasted: series((second) => Math.max(0, Math.min(load(second) - CAPACITY, CAPACITY) / 2)),
    refused: {},
    crashes,
  }
}

function limit(name: string): LimitSeries {
  return {
    name,
    limit: series(() => 200),
    inFlight: series((second) => Math.min(200, offeredAt(second) / 10)),
    queued: series((second) => (offeredAt(second) > CAPACITY ? 50 : 0)),
  }
}

/** A day as the simulator tells it, made by hand: reports are tested on it without running anything. */
export function plantedRun(configuration: 'protected' | 'control'): RunRecord {
  const safe = configuration === 'protected'
  const offered = series(offeredAt)
  const browse = series(() => 3_000)
  const succeeded = series((second) =>
    safe || second < 75 ? Math.min(offeredAt(second), CAPACITY) : Math.max(100, CAPACITY - (second - 75) * 40),
  )
  const crashes = [
    { atMs: 120_000, instance: 0, cause: 'scripted' },
    ...(safe
      ? []
      : Array.from({ length: 12 }, (_, nth) => ({
          atMs: 140_000 + nth * 35_000,
          instance: nth % 4,
          cause: 'out of memory',
        }))),
  ]
  return {
    scenario: 'valentine',
    seed: 7,
    configuration,
    options: { payments: { retry: { attempts: safe ? 2 : 6 } } },
    untilMs: STEPS * 1_000,
    stepMs: 1_000,
    phases: [{ name: 'spike', fromMs: 60_000, toMs: 180_000 }],
    traceHash: safe ? 'b7f1c0ffee000001' : 'b7f1c0ffee000002',
    eventCount: 9_000_000,
    routes: {
      order: route(offered, succeeded, safe ? 1.02 : 4.6, safe ? 0.02 : 2),
      browse: route(browse, browse, 1, 0),
    },
    services: {
      payment: payment((second) => (safe ? (succeeded[second] ?? 0) : offeredAt(Math.max(second, 90))), crashes),
    },
    pipelines: safe
      ? {
          payments: {
            breakers: [
              {
                name: 'circuit-breaker',
                bands: [
                  { fromMs: 0, toMs: 121_000, state: 'closed' },
                  { fromMs: 121_000, toMs: 151_000, state: 'open' },
                  { fromMs: 151_000, toMs: 156_000, state: 'half-open' },
                  { fromMs: 156_000, toMs: STEPS * 1_000, state: 'closed' },
                ],
              },
            ],
            limits: [limit('bulkhead')],
            budgets: [{ name: 'retry', tokens: series((second) => (second < 90 ? 100 : Math.min(100, second / 6))) }],
            refusals: { BULKHEAD_FULL: series((second) => Math.max(0, (offeredAt(second) - CAPACITY) / 3)) },
          },
        }
      : {},
    faults: [
      { atMs: 120_000, what: 'payment crashes', target: 'payment' },
      { atMs: 300_000, untilMs: 330_000, what: 'the network between shop and payment loses 10%', target: 'network' },
    ],
    sometimes: { 'the breaker opened': safe ? 1 : 0 },
    broken: [],
    verdict: {
      contained: safe,
      conditions: [
        {
          name: 'goodput at the peak',
          held: safe,
          seen: safe ? '1,996/s' : '212/s',
          limit: 'at least 1,800/s',
          why: safe ? 'payment answered all that it has room for' : 'payment spent itself on work nobody waited for',
        },
        {
          name: 'attempts per request',
          held: safe,
          seen: safe ? '1.02' : '4.6',
          limit: 'at most 1.1',
          why: safe ? 'the retry budget kept the storm small' : 'each request was tried nearly five times',
        },
        { name: 'other routes', held: true, seen: '100.0%', limit: 'unchanged', why: 'browse did not notice' },
      ],
    },
  }
}
