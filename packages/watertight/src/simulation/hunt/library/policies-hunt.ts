import { bulkhead } from '../../../resilience/bulkhead/bulkhead.ts'
import { circuitBreaker } from '../../../resilience/circuit-breaker/circuit-breaker.ts'
import type { LivePipeline } from '../../../resilience/live-pipeline.ts'
import { pipeline } from '../../../resilience/pipeline.ts'
import { exponential } from '../../../resilience/retry/backoff.ts'
import { retryBudget } from '../../../resilience/retry/budget.ts'
import { retry } from '../../../resilience/retry/retry.ts'
import type { Scope } from '../../../resilience/scope.ts'
import { timeout } from '../../../resilience/timeout/timeout.ts'
import { WatertightError } from '../../../runtime/error.ts'
import type { Hunted } from '../hunted.ts'
import { hunted } from '../hunted.ts'
import type { HuntWorld } from '../hunt-world.ts'
import { AttemptLog } from './attempt-log.ts'
import type { PolicyLaws } from './attempt-log.ts'

const CALLS = 40
const OUTAGES = 3
const LONGEST_OUTAGE_MS = 4_000
const LONGEST_WORK_MS = 300
/** Shorter than a call may take: outcomes of an earlier state come when the circuit is half open. */
const OPEN_MS = 150

const LAWS: PolicyLaws = {
  concurrent: 4,
  failures: 3,
  halfOpenCalls: 2,
  successThreshold: 3,
  timeoutMs: 400,
  abandonedHoldMs: 2_000,
  budget: { ratio: 0.2, minPerSecond: 0.5, burst: 10 },
}

/**
 * The hunt for the policies: retry under a budget, circuit breaker, bulkhead and timeout around a dependency that fails, hangs,
 * answers late and is down at times. Seen from outside: permits are kept, a circuit moves for outcomes of its own state only,
 * and retries never exceed their budget.
 */
export function policiesHunt(): Hunted {
  return hunted('policies', { recovery: '15s' }, build)
}

function build(world: HuntWorld): void {
  const { concurrent, failures, halfOpenCalls, successThreshold, timeoutMs, abandonedHoldMs, budget } = LAWS
  const live = pipeline(
    'dependency',
    retry({ attempts: 3, backoff: exponential({ base: 50, max: 400 }), budget: retryBudget(budget) }),
    circuitBreaker({ failures, openFor: OPEN_MS, halfOpenCalls, successThreshold }),
    bulkhead({ concurrent, queue: 3, maxWait: 200 }),
    timeout({ after: timeoutMs, abandonedHold: abandonedHoldMs }),
  ).on(world.runtime)
  const log = new AttemptLog(world, LAWS)
  log.watch(live)

  let outages = 0
  const dependency = world.service('dependency', {
    async work(): Promise<void> {
      if (outages > 0) throw new WatertightError('DOWN', 'The dependency is down.', { retryable: true })
      await new Promise<void>((resolve) => {
        world.runtime.timer(world.draw('work') * LONGEST_WORK_MS, resolve, true)
      })
    },
  })
  for (let i = 1; i <= OUTAGES; i++) {
    world.operation(`outage-${i}`, async (client) => {
      outages++
      await client.sleep(world.draw(`outage-${i}`) * LONGEST_OUTAGE_MS)
      outages--
    })
  }
  let underWay = 0
  for (let i = 1; i <= CALLS; i++) {
    const name = `call-${i}`
    world.operation(
      name,
      async (client) => {
        underWay++
        log.called()
        const remote = client.service(dependency)
        await live.outcome((scope: Scope) => log.attempt(name, scope, remote.work()))
        underWay--
      },
      { attempts: 1, patienceMs: Infinity },
    )
  }
  world.always('permits are kept and retries are paid for', () => log.broken)
  world.always('the policies say so themselves', () => checked(live))
  world.eventually('every call is answered and every permit is back', () => {
    const { inFlight, queued, abandoned } = live.state()
    if (underWay > 0) return `${underWay} calls are not answered`
    const kept = inFlight + queued
    return kept > 0 ? `${inFlight} in flight, ${queued} queued, ${abandoned} abandoned` : undefined
  })
  world.eventually('calls get through again', () => getsThrough(live, log))
}

async function getsThrough(live: LivePipeline, log: AttemptLog): Promise<string | undefined> {
  log.called()
  const { kind } = await live.outcome((scope: Scope) => log.attempt('a call in peace', scope, Promise.resolve()))
  return kind === 'success' ? undefined : `a call in peace was ${kind}`
}

function checked(live: LivePipeline): string | undefined {
  try {
    live.check()
    return undefined
  } catch (error) {
    return String(error)
  }
}
