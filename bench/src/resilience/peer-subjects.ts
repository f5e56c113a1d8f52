import { loadPeer } from '../peers.ts'

type Work = () => Promise<number>
type Call = () => Promise<unknown>

interface CockatielPolicy {
  execute(fn: Work): Promise<unknown>
}

interface Cockatiel {
  readonly handleAll: object
  readonly ConsecutiveBreaker: new (failures: number) => object
  readonly SamplingBreaker: new (options: object) => object
  readonly ExponentialBackoff: new (options: object) => object
  readonly TimeoutStrategy: { readonly Aggressive: string }
  fallback(handled: object, value: unknown): CockatielPolicy
  retry(handled: object, options: object): CockatielPolicy
  circuitBreaker(handled: object, options: object): CockatielPolicy
  bulkhead(limit: number, queue: number): CockatielPolicy
  timeout(ms: number, strategy: string): CockatielPolicy
  wrap(...policies: readonly CockatielPolicy[]): CockatielPolicy
}

interface Opossum {
  readonly default: new (fn: Work, options: object) => { fire(): Promise<unknown> }
}

interface PLimit {
  readonly default: (concurrency: number) => (fn: Work) => Promise<unknown>
}

/** The same calls through the libraries that people use today, configured alike. */
export interface PeerCalls {
  readonly cockatielFive: Call
  readonly cockatielBreaker: Call
  readonly cockatielTimeout: Call
  readonly opossumBreakerAndTimeout: Call
  readonly pLimit: Call
}

/** Loads the peers and configures them for `work`. */
export async function peerCalls(work: Work): Promise<PeerCalls> {
  const cockatiel = await loadPeer<Cockatiel>('cockatiel')
  const { handleAll, SamplingBreaker, ExponentialBackoff, TimeoutStrategy } = cockatiel
  const breaker = () =>
    cockatiel.circuitBreaker(handleAll, {
      halfOpenAfter: 30_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 }),
    })
  const five = cockatiel.wrap(
    cockatiel.fallback(handleAll, -1),
    cockatiel.retry(handleAll, {
      maxAttempts: 2,
      backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 }),
    }),
    breaker(),
    cockatiel.bulkhead(20_000, 100),
    cockatiel.timeout(2_000, TimeoutStrategy.Aggressive),
  )
  const alone = breaker()
  const limit = cockatiel.timeout(2_000, TimeoutStrategy.Aggressive)
  const { default: Breaker } = await loadPeer<Opossum>('opossum')
  const opossum = new Breaker(work, { timeout: 2_000, errorThresholdPercentage: 50, rollingCountTimeout: 10_000 })
  const { default: pLimit } = await loadPeer<PLimit>('p-limit')
  const limited = pLimit(10)
  return {
    cockatielFive: () => five.execute(work),
    cockatielBreaker: () => alone.execute(work),
    cockatielTimeout: () => limit.execute(work),
    opossumBreakerAndTimeout: () => opossum.fire(),
    pLimit: () => limited(work),
  }
}
