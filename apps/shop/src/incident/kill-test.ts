import { audit, type AuditReport } from '../audit/audit.ts'
import { gatherEvidence } from '../audit/gather.ts'
import type { Faults } from '../contract/faults.ts'
import { durationMs, type LoadPlan } from '../load/arrivals.ts'
import type { ServiceName } from '../process/roles.ts'
import type { DataFolder } from '../supervisor/data-folder.ts'
import type { Supervisor, SupervisorOptions } from '../supervisor/supervisor.ts'
import { unfinishedSagas } from './live-line.ts'
import { drained, ordersFor, pause, startShopRun } from './shop-run.ts'
import { KILLS_PER_SEED, victimsOf } from './victims.ts'

const SECONDS = 10
const RATE = 60
const FIRST_KILL_MS = 1_500
const BETWEEN_KILLS_MS = 2_500
const LOOK_AT_MOST_MS = 3_000
/** A service so quick that no look finds it busy is slowed down after so long. */
const LOOK_UNTOUCHED_MS = 1_000
const SLOWED: Faults = { slowMs: 50 }
const DRAIN_MS = 30_000
const STOP_MS = 2_000

/** One SIGKILL. */
export interface Kill {
  readonly victim: ServiceName
  /** Requests it was answering a moment before. */
  readonly inFlight: number
}

/** What one seed of the kill test came to. */
export interface KillTestRecord {
  readonly seed: number
  readonly kills: readonly Kill[]
  readonly drained: boolean
  readonly audit: AuditReport
  /** Nothing lost, nothing twice, nothing unfinished, and every kill hit a working process. */
  readonly holds: boolean
  readonly reasons: readonly string[]
  readonly dataFolder: string
}

/** A short day with many orders. */
export function killTestPlan(seed: number): LoadPlan {
  return {
    seed,
    phases: [{ name: 'load', seconds: SECONDS, rate: RATE }],
    mix: { browse: 0.3, search: 0.1, 'sign-in': 0.1, order: 0.5 },
  }
}

/** Kills services with SIGKILL while they work, lets the supervisor start them again, drains, stops, and audits. */
export async function killTest(
  seed: number,
  ports: SupervisorOptions['ports'],
  folder: DataFolder,
): Promise<KillTestRecord> {
  const plan = killTestPlan(seed)
  const orders = await ordersFor(plan, undefined)
  const { shop, load } = await startShopRun({
    plan,
    orders,
    protection: 'protected',
    ports,
    folder,
    restart: true,
    onSecond: () => {},
  })
  load.start()
  const kills: Kill[] = []
  const startedAt = performance.now()
  for (const [index, victim] of victimsOf(seed).entries()) {
    await pause(startedAt + FIRST_KILL_MS + index * BETWEEN_KILLS_MS - performance.now())
    kills.push(await killWhileBusy(shop, victim))
  }
  await Promise.race([pause(startedAt + durationMs(plan.phases) - performance.now()), load.result])
  const everythingEnded = await drained(shop, DRAIN_MS)
  load.finish()
  await load.result
  await shop.stop(STOP_MS)
  await load.kill()
  const found = audit(await gatherEvidence(folder.path))
  const reasons = [...whatIsWrong(kills, everythingEnded, found)]
  return {
    seed,
    kills,
    drained: everythingEnded,
    audit: found,
    holds: reasons.length === 0,
    reasons,
    dataFolder: folder.path,
  }
}

/** Looks as often as it can, and kills at the first look that finds a request in flight. */
async function killWhileBusy(shop: Supervisor, victim: ServiceName): Promise<Kill> {
  const from = performance.now()
  let slowed = false
  for (;;) {
    const looked = performance.now() - from
    if (!slowed && looked > LOOK_UNTOUCHED_MS) {
      shop.faults(victim, SLOWED)
      slowed = true
    }
    const snapshot = await shop.snapshot(victim)
    const inFlight = snapshot?.inFlight ?? 0
    const betweenSagas = unfinishedSagas(snapshot) === 0
    const pid = shop.pid(victim)
    if (pid !== undefined && ((inFlight > 0 && !betweenSagas) || looked > LOOK_AT_MOST_MS)) {
      // Not by the supervisor's own kill: it must find out by itself that the process is gone.
      process.kill(pid, 'SIGKILL')
      return { victim, inFlight }
    }
    await pause(0)
  }
}

function* whatIsWrong(
  kills: readonly Kill[],
  everythingEnded: boolean,
  { findings, accepted }: AuditReport,
): Generator<string> {
  if (accepted.accepted === 0) yield 'no order was accepted: nothing was tried'
  if (kills.length < KILLS_PER_SEED) yield `only ${kills.length} services were killed`
  for (const { victim, inFlight } of kills) if (inFlight === 0) yield `${victim} had nothing to do when it was killed`
  if (!everythingEnded) yield `some orders were still under way ${DRAIN_MS / 1_000} s after the load`
  for (const { kind, text } of findings) yield `${kind} ${text}`
}
