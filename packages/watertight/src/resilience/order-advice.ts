import type { Advice } from './advice.ts'
import type { Policy } from './policy.ts'

type Named = readonly [name: string, policy: Policy<unknown>]

/** Pairs of (outer kind, inner kind) that are seldom meant. */
const PAIRS: readonly (readonly [outer: string, inner: string, code: Advice['code'], why: string])[] = [
  [
    'circuitBreaker',
    'retry',
    'retry-inside-breaker',
    'the breaker sees one outcome where the dependency sees several attempts, and an open circuit does not stop a running retry',
  ],
  ['bulkhead', 'retry', 'retry-inside-bulkhead', 'a permit stays taken while the retry waits between attempts'],
  [
    'adaptiveConcurrency',
    'retry',
    'retry-inside-limit',
    'a permit stays taken while the retry waits, and its pauses are taken for slowness of the dependency',
  ],
  ['hedge', 'retry', 'retry-inside-hedge', 'the attempts of the retry multiply by the hedges'],
  [
    'bulkhead',
    'hedge',
    'hedge-inside-bulkhead',
    'one permit stands for all tries of a call, so the dependency gets more calls at once than the bulkhead allows',
  ],
  [
    'adaptiveConcurrency',
    'hedge',
    'hedge-inside-limit',
    'one permit stands for all tries of a call, and only the fastest of them is measured',
  ],
  ['queuePool', 'retry', 'retry-inside-bulkhead', 'a permit stays taken while the retry waits between attempts'],
  [
    'queuePool',
    'hedge',
    'hedge-inside-bulkhead',
    'one permit stands for all tries of a call, so the dependency gets more calls at once than the pool allows',
  ],
  [
    'rateLimiter',
    'retry',
    'retry-inside-rate-limiter',
    'the limit counts calls, and the dependency gets their further attempts on top',
  ],
  [
    'rateLimiter',
    'hedge',
    'hedge-inside-rate-limiter',
    'the limit counts calls, and the dependency gets their hedges on top',
  ],
  [
    'rateLimiter',
    'circuitBreaker',
    'breaker-inside-rate-limiter',
    'calls that the open circuit refuses use up the limit, and wait for it, all the same',
  ],
  [
    'throttling',
    'retry',
    'retry-inside-throttling',
    'the throttle sees one outcome where the backend turned several attempts away',
  ],
  [
    'throttling',
    'fallback',
    'fallback-inside-throttling',
    'the throttle takes the stand-in for an accepted call and never throttles',
  ],
  ['retry', 'retry', 'retry-inside-retry', 'the attempts of both multiply'],
  [
    'circuitBreaker',
    'fallback',
    'fallback-inside-breaker',
    'the breaker takes the stand-in for a success and never opens',
  ],
  ['retry', 'fallback', 'fallback-inside-retry', 'the retry takes the stand-in for a success and never tries again'],
  ['circuitBreaker', 'cache', 'cache-inside-breaker', 'an open circuit refuses what the cache could answer'],
  ['bulkhead', 'cache', 'cache-inside-bulkhead', 'a permit is taken also for an answer that needs no call'],
  ['bulkhead', 'coalesce', 'coalesce-inside-bulkhead', 'each of the calls that share one run takes a permit'],
  ['cache', 'fallback', 'fallback-inside-cache', 'the cache keeps the stand-in as if it were the answer'],
  ['hedge', 'cache', 'cache-inside-hedge', 'a further try joins the load that is late already'],
  ['hedge', 'coalesce', 'coalesce-inside-hedge', 'a further try joins the run that is late already'],
]

/** What makes the calls inside a time limit several, or late. */
const SPANNING: ReadonlySet<string> = new Set([
  'retry',
  'bulkhead',
  'queuePool',
  'rateLimiter',
  'hedge',
  'adaptiveConcurrency',
  'loadShedder',
])

/** What makes the calls inside outlive those outside. */
const SHARING: ReadonlySet<string> = new Set(['cache', 'coalesce'])

/** What is doubtful about this order, outermost first. Advice only: the pipeline works as it is written. */
export function adviseOnOrder(policies: readonly Named[]): readonly Advice[] {
  const advice: Advice[] = []
  policies.forEach(([outerName, outer], at) => {
    for (const [innerName, inner] of policies.slice(at + 1)) {
      const found = PAIRS.find(([outerKind, innerKind]) => outerKind === outer.kind && innerKind === inner.kind)
      if (found !== undefined && !isQuota(outer)) {
        const [, , code, why] = found
        advice.push({ code, message: `${innerName} stands inside ${outerName}: ${why}` })
      }
    }
    const [innermostName] = policies.at(-1) as Named
    if (outer.kind === 'chaos' && innermostName !== outerName) {
      const message = `${innermostName} stands inside ${outerName}: calls that go wrong on purpose never get there`
      advice.push({ code: 'policy-inside-chaos', message })
    }
    const idle = outer.kind === 'timeout' ? idleTimeout(policies, at) : undefined
    if (idle !== undefined) advice.push(idle)
  })
  return advice
}

/** A rate limit by key is what a customer may ask for, not what a dependency can take: whole calls are what it counts. */
function isQuota({ kind, options }: Policy<unknown>): boolean {
  return kind === 'rateLimiter' && 'by' in options
}

/** Of two time limits the longer never fires, unless it is outside and spans several attempts or a wait. */
function idleTimeout(policies: readonly Named[], at: number): Advice | undefined {
  const [outerName, outer] = policies[at] as Named
  const outerMs = limitOf(outer)
  let spansMore = false
  for (const [innerName, inner] of policies.slice(at + 1)) {
    if (SPANNING.has(inner.kind)) spansMore = true
    if (SHARING.has(inner.kind)) return undefined
    const innerMs = limitOf(inner)
    if (outerMs === undefined || innerMs === undefined) continue
    if (innerMs >= outerMs) {
      const message = `${innerName} (${innerMs} ms) never fires: ${outerName} outside it is over after ${outerMs} ms`
      return { code: 'timeout-never-fires', message }
    }
    if (!spansMore) {
      const message = `${outerName} (${outerMs} ms) never fires: ${innerName} right inside it is over after ${innerMs} ms`
      return { code: 'timeout-never-fires', message }
    }
  }
  return undefined
}

function limitOf({ kind, options }: Policy<unknown>): number | undefined {
  if (kind !== 'timeout' || !('afterMs' in options)) return undefined
  return typeof options.afterMs === 'number' ? options.afterMs : undefined
}
