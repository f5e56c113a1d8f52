import { audit } from '../audit/audit.ts'
import { gatherEvidence } from '../audit/gather.ts'
import { durationMs } from '../load/arrivals.ts'
import type { LoadSecond } from '../load/messages.ts'
import type { LoadResult } from '../load/tally.ts'
import type { ProtectionName } from '../process/config.ts'
import { PROVIDERS, type Role } from '../process/roles.ts'
import { protections } from '../protection/protections.ts'
import type { OrdersOfRun } from '../retail/take-orders.ts'
import type { DataFolder } from '../supervisor/data-folder.ts'
import { ProcessorWatch } from '../supervisor/processor-watch.ts'
import type { Supervisor, SupervisorOptions } from '../supervisor/supervisor.ts'
import type { Console } from './console.ts'
import { differences } from './difference.ts'
import { liveLine } from './live-line.ts'
import type { IncidentOptions } from './options.ts'
import type { Happening, IncidentRecord, RunRecord } from './record.ts'
import { DRAIN_MS, HANGING, type Misfortune, type Script } from './script.ts'
import { drained, pause, startShopRun } from './shop-run.ts'
import { judge } from './verdict.ts'

const STOP_MS = 2_000

export interface IncidentRun {
  readonly options: IncidentOptions
  readonly script: Script
  readonly orders: OrdersOfRun
  readonly protection: ProtectionName
  readonly ports: SupervisorOptions['ports']
  readonly folder: DataFolder
  readonly console: Console
}

/** Lives through one day: starts the shop, sends the load, breaks payments, drains, stops, audits, judges. */
export async function runIncident(run: IncidentRun): Promise<IncidentRecord> {
  const { script, console } = run
  const timeline: Happening[] = []
  const seconds: LoadSecond[] = []
  const unexpectedExits: string[] = []
  let startedAt = performance.now()
  const happened = (what: string): void => {
    const atMs = Math.round(performance.now() - startedAt)
    timeline.push({ atMs, what })
    console.say(`${(atMs / 1_000).toFixed(1).padStart(5)} s  ${what}`)
  }

  let processors: ProcessorWatch | undefined
  const { shop, load, ready } = await startShopRun({
    plan: script.plan,
    orders: run.orders,
    protection: run.protection,
    ports: run.ports,
    folder: run.folder,
    onSecond(second) {
      seconds.push(second)
      processors?.look()
      void shop.snapshot('orders').then((orders) => console.live(second.second, liveLine(second, orders)))
    },
    onUnexpectedExit(role, { code, signal }) {
      const exit = `${role} ended by itself (${signal ?? `exit code ${code}`})`
      unexpectedExits.push(exit)
      happened(exit)
    },
  })
  console.say(`all processes are ready; ${ready.requests} requests are scheduled (${ready.scheduleHash.slice(0, 12)})`)

  startedAt = performance.now()
  processors = new ProcessorWatch()
  load.start()
  await Promise.all([
    bringAbout(shop, script.misfortunes, happened),
    Promise.race([pause(durationMs(script.plan.phases)), load.result]),
  ])
  happened('the last request was sent; draining')
  await Promise.all([drained(shop, DRAIN_MS), Promise.race([load.result, pause(DRAIN_MS)])])
  load.finish()
  const result = await load.result
  const machineUsedByOthers = processors.othersShare()
  const services = await lastSnapshots(shop)
  happened('stopping')
  await shop.stop(STOP_MS)
  await load.kill()

  const record = recordOf(run, result, {
    ...services,
    machineUsedByOthers,
    timeline,
    seconds,
    unexpectedExits,
    audit: audit(await gatherEvidence(run.folder.path)),
  })
  return { ...judge(record), ...record }
}

async function bringAbout(
  shop: Supervisor,
  misfortunes: readonly Misfortune[],
  happened: (what: string) => void,
): Promise<void> {
  const startedAt = performance.now()
  for (const { atMs, kind } of misfortunes) {
    await pause(startedAt + atMs - performance.now())
    switch (kind) {
      case 'hang':
        shop.faults('payments', HANGING)
        happened('payments hangs: every request to it takes 30 s')
        break
      case 'kill':
        await shop.kill('payments')
        happened('payments is killed')
        break
      case 'restart':
        await shop.restart('payments')
        happened('payments is back')
        break
    }
  }
}

type Observed = Pick<
  RunRecord,
  'timeline' | 'seconds' | 'unexpectedExits' | 'audit' | 'injected' | 'refusedByService' | 'machineUsedByOthers'
>

async function lastSnapshots(shop: Supervisor): Promise<Pick<Observed, 'injected' | 'refusedByService'>> {
  const injected: Record<string, number> = {}
  const refusedByService: Partial<Record<Role, Readonly<Record<string, number>>>> = {}
  for (const role of shop.roles) {
    const snapshot = await shop.snapshot(role)
    if (PROVIDERS.some((provider) => provider === role))
      for (const [kind, count] of Object.entries(snapshot?.injected ?? {}))
        injected[kind] = (injected[kind] ?? 0) + count
    if (Object.keys(snapshot?.refused ?? {}).length > 0) refusedByService[role] = snapshot?.refused ?? {}
  }
  return { injected, refusedByService }
}

function recordOf(run: IncidentRun, result: LoadResult, observed: Observed): RunRecord {
  const { source, repeated, orders } = run.orders
  const { counts, accepted } = observed.audit
  return {
    protection: run.protection,
    options: run.options,
    seed: run.options.seed,
    scheduleHash: result.scheduleHash,
    orders: { source, used: orders.length, repeated },
    offered: Object.values(result.phases).reduce((sum, { order }) => sum + order.offered, 0),
    ...accepted,
    lost: counts.LOST_ORDER,
    chargedTwice: counts.CHARGED_TWICE,
    chargedAfterRefusal: counts.CHARGED_AFTER_REFUSAL,
    refusedByCause: result.refusedByCause,
    phases: result.phases,
    lateness: result.lateness,
    protectionDifference: differences(protections.protected, protections.unprotected),
    dataFolder: run.folder.path,
    ...observed,
  }
}
