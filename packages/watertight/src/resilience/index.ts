export {
  adaptiveConcurrency,
  type AdaptiveConcurrencyState,
} from './adaptive-concurrency/adaptive-concurrency.ts'
export type {
  AdaptiveConcurrencyOptions,
  AimdOptions,
  Gradient2Options,
  GradientOptions,
  LimitAlgorithm,
  LimitOptions,
  VegasOptions,
} from './adaptive-concurrency/adaptive-concurrency-options.ts'
export { bulkhead, type BulkheadOptions, type BulkheadState } from './bulkhead/bulkhead.ts'
export { queuePool, type QueuePoolState } from './bulkhead/queue-pool.ts'
export type { QueuePoolOptions, WhenFull } from './bulkhead/queue-pool-options.ts'
export { cache, type CacheState } from './cache/cache.ts'
export type { CacheOptions, NegativeOptions } from './cache/cache-options.ts'
export type { CacheEntry, CacheFinding, CachePut, CacheStore, Invalidation } from './cache/cache-store.ts'
export {
  type MemoryCacheState,
  MemoryCacheStore,
  memoryCacheStore,
  type MemoryCacheStoreOptions,
} from './cache/memory-cache-store.ts'
export type { Call, Priority, RunOptions } from './call.ts'
export type { BreakerMode, CircuitBreakerOptions, Opening } from './circuit-breaker/breaker-options.ts'
export type { BreakerState } from './circuit-breaker/breaker-state.ts'
export { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
export { chaos, type ChaosFault, type ChaosState } from './chaos/chaos.ts'
export type { ChaosOptions, ErrorFault, Fault, LatencyFault, ResultFault } from './chaos/chaos-options.ts'
export { classify } from './classify.ts'
export { coalesce, type CoalesceOptions, type CoalesceState } from './coalesce/coalesce.ts'
export {
  Failover,
  failover,
  type FailoverOptions,
  type FailoverResult,
  type Provider,
} from './fallback/failover.ts'
export {
  type Answerable,
  fallback,
  type FallbackCall,
  fallbackChain,
  type FallbackOptions,
  type FallbackSource,
} from './fallback/fallback.ts'
export { definitelyNotExecuted } from './fallback/not-executed.ts'
export { hedge, type HedgeState } from './hedge/hedge.ts'
export type { HedgeOptions, LiveDelay } from './hedge/hedge-options.ts'
export { keyed, type KeyedState } from './keyed/keyed.ts'
export type { KeyedOptions } from './keyed/keyed-options.ts'
export type {
  AnswerHeaders,
  Dispatch,
  DispatchController,
  DispatchHandler,
  DispatchInterceptor,
  DispatchOptions,
} from './http/dispatch.ts'
export { type FetchOptions, fetchWith, type PipelineFetch } from './http/fetch-with.ts'
export { HttpStatusError } from './http/http-error.ts'
export type { HttpOptions } from './http/http-options.ts'
export { interceptor, type InterceptorOptions } from './http/interceptor.ts'
export type { PipelineSource } from './http/pipeline-source.ts'
export type { Fetch, PipelineRequestInit, RequestHints } from './http/request-hints.ts'
export {
  grpcPushBack,
  type PushBack,
  pushBack,
  PushBackError,
  pushBackOf,
  type PushBackOptions,
} from './http/push-back.ts'
export { loadShedder, type LoadShedderState } from './load-shedding/load-shedder.ts'
export type { FairnessOptions, LoadShedderOptions } from './load-shedding/load-shedder-options.ts'
export { type Fitting, LivePipeline, type PipelineState } from './live-pipeline.ts'
export type { Advice } from './advice.ts'
export type { Cancelled, Failure, Outcome, Refusal, Result, Success } from './outcome.ts'
export { errorOf } from './outcome-error.ts'
export { type AddedBy, type Overrides, Pipeline, pipeline, type TakenBy } from './pipeline.ts'
export { Permit } from './permit.ts'
export type { GiveUpReason, LimiterRefusal, PipelineEvents, ShedReason } from './pipeline-events.ts'
export type { Guard, Inner, Moment, Policy, Site, Strategy, Token } from './policy.ts'
export { type Limit, takeFrom, type Taken } from './rate-limiter/limit.ts'
export type { RateAlgorithm, RateLimiterOptions } from './rate-limiter/limiter-options.ts'
export { type LimitRate, makeLimit } from './rate-limiter/make-limit.ts'
export { rateLimiter, type RateLimiterState } from './rate-limiter/rate-limiter.ts'
export {
  type AllEvents,
  Registry,
  registry,
  type RegistryEntry,
  type RegistryEvents,
  type RegistryOptions,
} from './registry/registry.ts'
export {
  type Backoff,
  custom,
  exponential,
  type FailedTries,
  fibonacci,
  fixed,
  type GrowthOptions,
  immediate,
  type Jitter,
  linear,
} from './retry/backoff.ts'
export { type BudgetState, RetryBudget, retryBudget, type RetryBudgetOptions } from './retry/budget.ts'
export { retry, type RetryState } from './retry/retry.ts'
export { parseRetryAfter } from './http/retry-after.ts'
export type { RetryOptions } from './retry/retry-options.ts'
export type { Branch, Scope } from './scope.ts'
export { throttling, type ThrottlingState } from './throttling/throttling.ts'
export type { ThrottlingOptions } from './throttling/throttling-options.ts'
export { adaptiveTimeout, type AdaptiveTimeoutState } from './timeout/adaptive-timeout.ts'
export type { AdaptiveTimeoutOptions, TimeoutStep } from './timeout/adaptive-timeout-options.ts'
export { timeout, type TimeoutOptions } from './timeout/timeout.ts'
