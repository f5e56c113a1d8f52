export type { JsonObject, JsonValue } from './scenario/json-value.ts'
export type { Handler } from './scenario/cast.ts'
export { type LoadCall, nthOf, repeated } from './scenario/load-call.ts'
export { changedOptions, optionAt, plainOptions, withOption, withOptions } from './scenario/option-path.ts'
export type { Plan } from './scenario/plan.ts'
export { type Progress, rehearse, type RehearseOptions } from './scenario/rehearse.ts'
export { isScenario, type Scenario, scenario, type ScenarioOptions } from './scenario/scenario.ts'
export type { ClientsOptions, FaultOptions, RouteOptions, Simulation } from './scenario/simulation.ts'
export { compare, type CompareOptions, type Configuration, type SearchProgress } from './scenario/search/compare.ts'
export type { Estimate } from './scenario/search/paired-difference.ts'
export type { Seeds } from './scenario/search/seeds.ts'
export {
  type Grid,
  grid,
  type GridCell,
  type GridOptions,
  type LoadSweepOptions,
  sweep,
  sweepLoad,
  type SweepOptions,
} from './scenario/search/sweep.ts'
export { type Trial, tune, type TuneOptions, type Tuning } from './scenario/search/tune.ts'
export { readVariation, type Variation } from './scenario/search/variation.ts'
export { valentine, type ValentineScale } from './scenario/valentine/valentine.ts'
export { valentineDay, type ValentineDayOptions, type ValentineShop } from './scenario/valentine/valentine-day.ts'
export {
  type ValentineOptions,
  valentineProtected,
  valentineUnprotected,
} from './scenario/valentine/valentine-options.ts'
export { contained, type ContainedOptions } from './scenario/verdict/contained.ts'
export {
  type Evidence,
  expectation,
  type Expectation,
  type Finding as RunFinding,
} from './scenario/verdict/expectation.ts'
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
export { checkHistory } from './hunt/check-history.ts'
export { FAULT_KINDS } from './hunt/fault-kind.ts'
export type { FaultKind } from './hunt/fault-kind.ts'
export type { Channel } from './hunt/channel.ts'
export type { Database } from './hunt/database.ts'
export type { Finding } from './hunt/finding.ts'
export { ANOMALIES } from './hunt/history.ts'
export type { Anomaly, AnomalyKind, AppendSeen, History, ReadSeen, Sightings } from './hunt/history.ts'
export { hunt } from './hunt/hunt.ts'
export type { HuntOptions, HuntReport } from './hunt/hunt.ts'
export { huntText } from './hunt/hunt-text.ts'
export type { HuntWorld, OperationOptions } from './hunt/hunt-world.ts'
export { hunted } from './hunt/hunted.ts'
export type { Hunted, HuntedOptions } from './hunt/hunted.ts'
export { KeyedEffects } from './hunt/keyed-effects.ts'
export { eventsHunt } from './hunt/library/events-hunt.ts'
export type { LibraryHuntOptions } from './hunt/library/library-hunt-options.ts'
export { policiesHunt } from './hunt/library/policies-hunt.ts'
export { readModelsHunt } from './hunt/library/read-models-hunt.ts'
export { sagaHunt } from './hunt/library/saga-hunt.ts'
export type { ProcessContext } from './hunt/process-context.ts'
export type { Violation } from './hunt/run-seed.ts'
export type { Remote, Service } from './hunt/service.ts'
export type { SimulatedProcess } from './hunt/simulated-process.ts'
export { type DirectRequest, directScope, type RequestScope } from './model/request-scope.ts'
export type { Crash, ServiceCounters, ServiceGauges } from './model/service-counters.ts'
export { ServiceModel } from './model/service-model.ts'
export type { Balancing, ServiceOptions } from './model/service-options.ts'
export { type ClientCall, ClosedClients, type ClosedClientsOptions } from './model/closed-clients.ts'
export { type LinkOptions, Network, type NetworkCounters } from './model/network.ts'
