import { loadPeer } from '../peers.ts'

type Work = () => Promise<number>
type Call = () => Promise<unknown>

interface CockatielPolicy {
  readonly onSuccess: (listener: () => void) => object
  readonly onFailure: (listener: () => void) => object
  execute(fn: Work): Promise<unknown>
}

interface CockatielBreaker extends CockatielPolicy {
  isolate(): object
}

interface Cockatiel {
  readonly handleAll: object
  readonly ConsecutiveBreaker: new (failures: number) => object
  readonly SamplingBreaker: new (options: object) => object
  readonly ExponentialBackoff: new (options: object) => object
  readonly TimeoutStrategy: { readonly Aggressive: string }
  fallback(handled: object, value: unknown): CockatielPolicy
  retry(handled: object, options: object): CockatielPolicy
  circuitBreaker(handled: object, options: object): CockatielBreaker
  bulkhead(limit: number, queue: number): CockatielPolicy
  timeout(ms: number, strategy: string): CockatielPolicy
  wrap(...policies: readonly CockatielPolicy[]): Pick<CockatielPolicy, 'execute'>
}

interface OpossumBreaker {
  fire(): Promise<unknown>
  open(): void
  on(event: 'success' | 'failure', listener: () => void): void
}

interface Opossum {
  readonly default: new (fn: Work, options: object) => OpossumBreaker
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
  /** With a function that fails, and circuits that stay closed all the same. They reject. */
  readonly cockatielFailing: Call
  readonly opossumFailing: Call
  /** With open circuits. They reject. */
  readonly cockatielOpen: Call
  readonly opossumOpen: Call
}

const NEVER_OPENS = 1_000_000_000
const ONE_DAY_MS = 86_400_000

/** Loads the peers and configures them for `work`, and for `failing` work. Each has one listener, as ours have. */
export async function peerCalls(work: Work, failing: Work, heard: () => void): Promise<PeerCalls> {
  const cockatiel = await loadPeer<Cockatiel>('cockatiel')
  const { handleAll, SamplingBreaker, ExponentialBackoff, TimeoutStrategy } = cockatiel
  const breaker = (minimumRps = 2) =>
    cockatiel.circuitBreaker(handleAll, {
      halfOpenAfter: 30_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps }),
    })
  const limit = () => cockatiel.timeout(2_000, TimeoutStrategy.Aggressive)
  const fallback = cockatiel.fallback(handleAll, -1)
  fallback.onSuccess(heard)
  const five = cockatiel.wrap(
    fallback,
    cockatiel.retry(handleAll, {
      maxAttempts: 2,
      backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 }),
    }),
    breaker(),
    cockatiel.bulkhead(20_000, 100),
    limit(),
  )
  const cockatielBreaker = breaker()
  cockatielBreaker.onSuccess(heard)
  const cockatielTimeout = limit()
  cockatielTimeout.onSuccess(heard)
  const outer = limit()
  outer.onFailure(heard)
  const cockatielFailing = cockatiel.wrap(outer, breaker(NEVER_OPENS))
  const cockatielOpen = breaker()
  cockatielOpen.isolate()

  const { default: Breaker } = await loadPeer<Opossum>('opossum')
  const opossum = new Breaker(work, { timeout: 2_000, errorThresholdPercentage: 50, rollingCountTimeout: 10_000 })
  opossum.on('success', heard)
  const opossumFailing = new Breaker(failing, {
    timeout: 2_000,
    volumeThreshold: NEVER_OPENS,
    rollingCountTimeout: 10_000,
    // On each failure it sorts the durations of all calls in the window otherwise: in a loop such as ours, hundreds of thousands.
    rollingPercentilesEnabled: false,
  })
  opossumFailing.on('failure', heard)
  const opossumOpen = new Breaker(work, { timeout: 2_000, resetTimeout: ONE_DAY_MS })
  opossumOpen.open()

  const { default: pLimit } = await loadPeer<PLimit>('p-limit')
  const limited = pLimit(10)
  return {
    cockatielFive: () => five.execute(work),
    cockatielBreaker: () => cockatielBreaker.execute(work),
    cockatielTimeout: () => cockatielTimeout.execute(work),
    opossumBreakerAndTimeout: () => opossum.fire(),
    pLimit: () => limited(work),
    cockatielFailing: () => cockatielFailing.execute(failing),
    opossumFailing: () => opossumFailing.fire(),
    cockatielOpen: () => cockatielOpen.execute(work),
    opossumOpen: () => opossumOpen.fire(),
  }
}
