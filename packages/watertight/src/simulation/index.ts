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
