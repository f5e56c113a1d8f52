export type { JsonValue } from './scenario/json-value.ts'
export type {
  BreakerBand,
  ComparedMetric,
  Comparison,
  Condition,
  Fault,
  LimitSeries,
  Phase,
  PipelineSeries,
  RouteSeries,
  RouteTotals,
  RunRecord,
  ServiceSeries,
  Sweep,
  SweepPoint,
  Verdict,
} from './scenario/run-record.ts'
export { World, type RunUntilOptions, type WorldOptions } from './kernel/world.ts'
export type { TraceMode } from './kernel/trace.ts'
export type { GuardMode } from './kernel/guard.ts'
export { empirical, type Quantile } from './model/empirical.ts'
export type { Law } from './model/law.ts'
export { constant, exponential, lognormal, mixture, normal, pareto, uniform } from './model/laws.ts'
export type { Arrivals, Spacing } from './model/arrivals.ts'
export {
  evenly,
  flashCrowd,
  type FlashCrowdOptions,
  type LoadOptions,
  poisson,
  ramp,
  type RampOptions,
  rates,
} from './model/load-shapes.ts'
export { replay, replayCsv, type ReplayOptions } from './model/replay.ts'
