import { type LoadCall, nthOf, type Scenario, scenario } from 'watertight/simulation'
import { DRAIN_MS, HANGING } from '../incident/script.ts'
import { durationMs } from '../load/arrivals.ts'
import type { Route } from '../load/route.ts'
import type { ScheduledRequest } from '../load/schedule.ts'
import { protectedShop } from '../protection/protected.ts'
import type { Protection } from '../protection/protection.ts'
import { unprotectedShop } from '../protection/unprotected.ts'
import { LiveDay, type Rates } from './live-day.ts'
import { liveConditions } from './live-conditions.ts'
import { ScheduledArrivals } from './scheduled-arrivals.ts'
import { measuredTimes, type ShopTimes } from './shop-times.ts'
import { SimulatedShop } from './simulated-shop.ts'

const MS_PER_SECOND = 1_000
/** What `npm start` does unless it is told otherwise. */
const USUAL: Rates = { rate: 40, spike: 600, seconds: 36 }

/**
 * What `npm start` does on real processes, on the simulator: the same requests at the same instants, the same options, the same checkout;
 * the threads of the processes and the disk are modelled, with times that were measured.
 *
 * @example
 * npx watertight rehearse apps/shop/src/rehearsal/live-run.ts
 */
export function liveRunOf(rates: Rates, times: ShopTimes = measuredTimes): Scenario {
  return scenario<Protection>('live run', { options: protectedShop, control: unprotectedShop }, (sim, protection) => {
    const day = new LiveDay(
      { ...rates, rate: rates.rate * sim.rateFactor, spike: rates.spike * sim.rateFactor },
      sim.seed,
    )
    const { plan, misfortunes } = day.script
    const shop = new SimulatedShop(sim, protection, times, day.stock)

    const load = (route: Route, visit: (call: LoadCall, request: ScheduledRequest) => Promise<unknown>): void => {
      const requests = day.of(route)
      const rate = new ScheduledArrivals(requests.map(({ atMs }) => atMs))
      sim.load(route, { rate }, (call) => visit(call, requests[nthOf(call) - 1] as ScheduledRequest))
    }
    load('browse', (call, { target }) => shop.browse(call, target))
    load('search', (call) => shop.search(call))
    load('sign-in', (call) => shop.signIn(call))
    load('order', (call, request) => shop.order(call, day.orderOf(request)))

    const payments = shop.process('payments')
    const happen = {
      hang: () => payments.hang(HANGING.hangMs ?? 0),
      kill: () => payments.kill(),
      restart: () => payments.restart(),
    }
    const told = { hang: 'payments hangs', kill: 'payments is killed', restart: 'payments is back' }
    for (const { atMs, kind } of misfortunes) sim.at(atMs, told[kind], happen[kind], 'payments')

    let startMs = 0
    for (const { name, seconds } of plan.phases) {
      sim.phase(name, startMs, startMs + seconds * MS_PER_SECOND)
      startMs += seconds * MS_PER_SECOND
    }
    return sim.until(durationMs(plan.phases) + DRAIN_MS).expect(liveConditions)
  })
}

/** The day of `npm start` with its usual rates. */
export const liveRun: Scenario = liveRunOf(USUAL)
