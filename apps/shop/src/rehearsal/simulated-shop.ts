import { type LivePipeline, loadShedder, type Priority, pipeline, timeout, WatertightError } from 'watertight'
import type { LoadCall, Simulation } from 'watertight/simulation'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { Route } from '../load/route.ts'
import { PROVIDERS, type Role, ROLES } from '../process/roles.ts'
import type { Callee, Protection } from '../protection/protection.ts'
import type { StockedArticle } from '../retail/opening-stock.ts'
import { Calls } from './calls.ts'
import { ShopProcess } from './shop-process.ts'
import type { ShopTimes } from './shop-times.ts'
import { SimulatedCheckout } from './simulated-checkout.ts'

const CALLEES = {
  gateway: ['catalogue', 'orders', 'users'],
  orders: ['inventory', 'payments', 'shipping', 'notifications', 'analytics'],
  payments: PROVIDERS,
  shipping: ['carrier'],
} as const satisfies Partial<Record<Role, readonly Callee[]>>

/** A user waits so long for a page, then gives up. */
const PATIENCE = '20s'
const DOOR_OF: Readonly<Record<Route, Priority>> = {
  browse: 'low',
  search: 'low',
  'sign-in': 'normal',
  order: 'high',
}

/**
 * The shop on a simulation: a modelled thread for each process, and between them the pipelines that the real processes use, made
 * from the same options. Orders go through the real checkout.
 */
export class SimulatedShop {
  readonly #processes: ReadonlyMap<Role, ShopProcess>
  readonly #gateway: Calls
  readonly #customer: LivePipeline
  readonly #door: LivePipeline | undefined
  readonly #checkout: SimulatedCheckout

  constructor(sim: Simulation, protection: Protection, times: ShopTimes, stock: readonly StockedArticle[]) {
    this.#processes = new Map(ROLES.map((role) => [role, new ShopProcess(sim, role, times.threadMs[role])]))
    const callsOf = (caller: keyof typeof CALLEES): Calls =>
      new Calls(sim, protection, { caller, callees: CALLEES[caller] }, (role) => this.process(role))
    this.#gateway = callsOf('gateway')
    this.#customer = sim.pipeline(pipeline('customer', timeout(PATIENCE)))
    this.#door = protection.door && sim.pipeline(pipeline('door', loadShedder(protection.door)))
    this.#checkout = new SimulatedCheckout({
      sim,
      protection,
      times,
      stock,
      orders: callsOf('orders'),
      payments: callsOf('payments'),
      shipping: callsOf('shipping'),
    })
  }

  process(role: Role): ShopProcess {
    const process = this.#processes.get(role)
    if (process === undefined) throw new RangeError(`there is no process ${role}`)
    return process
  }

  browse(call: LoadCall, sku: string): Promise<unknown> {
    return this.#visit(call, 'browse', () => this.#gateway.ask('catalogue', { id: call.id, key: sku }, nothing))
  }

  search(call: LoadCall): Promise<unknown> {
    return this.#visit(call, 'search', () => this.#gateway.ask('catalogue', { id: call.id }, nothing))
  }

  signIn(call: LoadCall): Promise<unknown> {
    return this.#visit(call, 'sign-in', () => this.#gateway.ask('users', { id: call.id }, nothing))
  }

  /** Rejects with `ORDER_REJECTED` when the order is turned down for a good reason: an answer, though not a success. */
  async order(call: LoadCall, order: RetailOrder): Promise<void> {
    const told = await this.#visit(call, 'order', () =>
      this.#gateway.ask('orders', { id: call.id }, () => this.#checkout.place(order, call.id)),
    )
    if (told.status === 'rejected') throw new WatertightError('ORDER_REJECTED', told.reason)
  }

  /** Through the door of the gateway, and its thread. */
  #visit<T>(call: LoadCall, route: Route, work: () => Promise<T>): Promise<T> {
    const gateway = this.process('gateway')
    return this.#customer.run((scope) => {
      const enter = (): Promise<T> => gateway.serve(scope, work)
      return this.#door === undefined ? enter() : this.#door.run(enter, { id: call.id, priority: DOOR_OF[route] })
    }, call)
  }
}

const nothing = async (): Promise<undefined> => undefined
