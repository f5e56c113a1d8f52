import { join } from 'node:path'
import type { LoadPlan } from '../load/arrivals.ts'
import { ordersIn } from '../load/arrivals.ts'
import { LoadProcess, type LoadReady } from '../load/load-process.ts'
import type { LoadSecond } from '../load/messages.ts'
import type { ProtectionName } from '../process/config.ts'
import { PROVIDERS } from '../process/roles.ts'
import { writeLines } from '../retail/ndjson.ts'
import { openingStock } from '../retail/opening-stock.ts'
import { CATALOGUE, ORDERS } from '../retail/run-files.ts'
import { type OrdersOfRun, takeOrders } from '../retail/take-orders.ts'
import type { DataFolder } from '../supervisor/data-folder.ts'
import { Supervisor, type SupervisorOptions } from '../supervisor/supervisor.ts'
import { unfinishedSagas } from './live-line.ts'
import { PROVIDER_FAULTS } from './script.ts'

const LOOK_EVERY_MS = 100
/** Nothing may be unfinished this often in a row: a saga can be between two counts. */
const QUIET_LOOKS = 2

export interface ShopRunOptions extends Pick<SupervisorOptions, 'restart' | 'onUnexpectedExit' | 'onNotice'> {
  readonly plan: LoadPlan
  readonly orders: OrdersOfRun
  readonly protection: ProtectionName
  readonly ports: SupervisorOptions['ports']
  readonly folder: DataFolder
  readonly onSecond: (second: LoadSecond) => void
}

/** A shop with its load process, started and ready to be put under load. */
export interface ShopRun {
  readonly shop: Supervisor
  readonly load: LoadProcess
  readonly ready: LoadReady
}

/** The orders a plan needs. @throws PlainFailure when the file is no orders file. */
export function ordersFor(plan: LoadPlan, file: string | undefined): Promise<OrdersOfRun> {
  return takeOrders(file, plan.seed, ordersIn(plan))
}

/** Writes catalogue and orders, starts every process, switches the providers' faults on, and lets the order desk sign in. */
export async function startShopRun(options: ShopRunOptions): Promise<ShopRun> {
  const { plan, orders, folder, protection, ports, onSecond, restart, onUnexpectedExit, onNotice } = options
  await writeLines(join(folder.path, CATALOGUE), openingStock(orders.orders, plan.seed))
  await writeLines(join(folder.path, ORDERS), orders.orders)
  const shop = new Supervisor({
    ports,
    dataFolder: folder.path,
    protection,
    seed: plan.seed,
    ...(restart !== undefined && { restart }),
    ...(onUnexpectedExit && { onUnexpectedExit }),
    ...(onNotice && { onNotice }),
  })
  await shop.start()
  for (const provider of PROVIDERS) shop.faults(provider, PROVIDER_FAULTS)
  const load = new LoadProcess({ plan, gatewayPort: ports.gateway, dataFolder: folder.path }, onSecond)
  try {
    return { shop, load, ready: await load.ready }
  } catch (error) {
    await load.kill()
    await shop.killAll()
    throw error
  }
}

/** Waits until no saga has anything left to do, for at most `limitMs`. Tells whether that was reached. */
export async function drained(shop: Supervisor, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs
  for (let quiet = 0; performance.now() < until; await pause(LOOK_EVERY_MS)) {
    quiet = unfinishedSagas(await shop.snapshot('orders')) === 0 ? quiet + 1 : 0
    if (quiet >= QUIET_LOOKS) return true
  }
  return false
}

/** Resolves `ms` milliseconds later. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}
