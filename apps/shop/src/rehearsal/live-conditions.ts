import type { Evidence, Expectation } from 'watertight/simulation'
import { ROUTES } from '../load/route.ts'

const HEALTHY = 0.999
const ACKNOWLEDGED = 0.95
const TIMES_SLOWER = 3
const QUICK_MS = 50
const PERCENT = 100

/** The phases of a day that are judged: not the warm-up. */
export const SHOP_PHASES = ['before', 'spike', 'after'] as const

export type ShopPhase = (typeof SHOP_PHASES)[number]

type Conditions = ReturnType<Expectation['judge']>

/**
 * What the verdict of the live run says of speed and success (incident/verdict.ts), for a simulated one: who only looks around or signs
 * in notices nothing, and orders are acknowledged. The unprotected shop must fail it.
 */
export const liveConditions: Expectation = { controlFails: true, judge }

function judge(run: Evidence): Conditions {
  const conditions: Conditions[number][] = []
  for (const route of ROUTES) {
    const least = route === 'order' ? ACKNOWLEDGED : HEALTHY
    for (const phase of route === 'order' ? (['spike'] as const) : SHOP_PHASES) {
      const { offered, succeeded } = figures(run, route, phase)
      const share = offered === 0 ? 1 : succeeded / offered
      conditions.push({
        name: `${route}, ${phase}: success`,
        held: share >= least,
        seen: `${(share * PERCENT).toFixed(2)}%`,
        limit: `at least ${least * PERCENT}%`,
        why: `${succeeded} of ${offered} succeeded`,
        margin: share - least,
      })
    }
    if (route === 'order') continue
    const [before, spike] = [figures(run, route, 'before').p99, figures(run, route, 'spike').p99]
    const limit = Math.max(QUICK_MS, TIMES_SLOWER * before)
    conditions.push({
      name: `${route}, spike: p99`,
      held: spike <= limit,
      seen: `${spike.toFixed(1)} ms`,
      limit: `at most ${limit.toFixed(1)} ms`,
      why: `before the spike it was ${before.toFixed(1)} ms; what fails takes for ever`,
      margin: Math.max(-1, 1 - spike / limit),
    })
  }
  return conditions
}

function figures(
  run: Evidence,
  route: string,
  phase: string,
): { readonly offered: number; readonly succeeded: number; readonly p99: number } {
  const totals = run.routes[route]?.byPhase[phase]
  const { offered = 0, succeeded = 0, p99Ms = null } = totals ?? {}
  return { offered, succeeded, p99: p99Ms ?? Infinity }
}
