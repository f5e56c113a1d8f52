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
