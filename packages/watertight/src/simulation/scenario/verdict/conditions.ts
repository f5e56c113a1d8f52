import type { Finding } from './expectation.ts'
import { type Evidence, judgeNumber } from './expectation.ts'
import { decimal, inMs, percent, perSecond } from './figures.ts'
import { phaseOf, routeOf, secondsOf, sumOver, totalsOf, type Window } from './window.ts'

/** Successes a second in a phase, against a share of what the system can serve. */
export function goodputAtPeak(
  run: Evidence,
  { route, peak, capacity, share }: { route: string; peak: string; capacity: number; share: number },
): Finding {
  const window = phaseOf(run, peak)
  const { succeeded, offered } = routeOf(run, route)
  const seconds = secondsOf(run, window)
  const goodput = sumOver(run, succeeded, window) / seconds
  const wanted = Math.min(capacity, sumOver(run, offered, window) / seconds)
  return {
    ...judgeNumber(goodput, { atLeast: share * wanted }, perSecond),
    why: `of the ${perSecond(wanted)} that it can serve while ${peak} lasts, it served ${percent(goodput / wanted)}`,
  }
}

/** From some time after the trouble on, everybody is served again. */
export function recovery(
  run: Evidence,
  { route, window, success }: { route: string; window: Window; success: number },
): Finding {
  const { offered, succeededOfOffered } = routeOf(run, route)
  const due = sumOver(run, offered, window)
  const share = due === 0 ? Number.NaN : sumOver(run, succeededOfOffered, window) / due
  const stretch = `${window.fromMs / 1_000} s to ${window.toMs / 1_000} s`
  return {
    ...judgeNumber(share, { atLeast: success }, percent),
    why: `of ${decimal(due)} requests that were due from ${stretch}, ${decimal(Math.round(share * due))} succeeded`,
  }
}

/** Retries must not make the load that they suffer from. */
export function amplification(run: Evidence, { route, most }: { route: string; most: number }): Finding {
  const { attempts, firstTries, offered } = routeOf(run, route).totals
  // What calls two dependencies has two first tries.
  const ratio = attempts / Math.max(offered, firstTries)
  return {
    ...judgeNumber(ratio, { atMost: most }, decimal),
    why: `${decimal(attempts)} attempts for ${decimal(offered)} requests offered`,
  }
}

/** What fell over by itself. */
export function crashes(run: Evidence, { most }: { most: number }): Finding {
  const all = Object.entries(run.services).flatMap(([service, series]) =>
    series.crashes.filter(({ cause }) => cause !== SCRIPTED).map((crash) => ({ service, ...crash })),
  )
  const [first] = all
  return {
    ...judgeNumber(all.length, { atMost: most }, decimal),
    margin: all.length <= most ? 0 : -Math.min(1, (all.length - most) / CRASHES_OF_A_RUIN),
    why:
      first === undefined
        ? 'no instance crashed but those that the scenario crashed'
        : `${first.service} ${first.instance} crashed at ${decimal(first.atMs / 1_000)} s: ${first.cause}`,
  }
}

/** Nobody waits in a queue that cannot be served in time. */
export function queues(run: Evidence, { most }: { most: number }): Finding {
  let longest = { service: 'no service', queued: 0, atMs: 0 }
  for (const [service, { queued }] of Object.entries(run.services)) {
    for (const [step, waiting] of queued.entries()) {
      if (waiting > longest.queued) longest = { service, queued: waiting, atMs: (step + 1) * run.stepMs }
    }
  }
  return {
    ...judgeNumber(longest.queued, { atMost: most }, decimal),
    why: `the longest queue was that of ${longest.service}, at ${decimal(longest.atMs / 1_000)} s`,
  }
}

/** Who is served is served while it is still wanted. */
export function latency(run: Evidence, { route, deadlineMs }: { route: string; deadlineMs: number }): Finding {
  const { p99Ms, succeeded } = routeOf(run, route).totals
  return {
    ...judgeNumber(p99Ms ?? Number.NaN, { atMost: deadlineMs }, inMs),
    why: `99% of the ${decimal(succeeded)} successes took no longer, from the instant when they were due`,
  }
}

/** Work that nobody waits for any more. */
export function abandonedWork(run: Evidence, { most }: { most: number }): Finding {
  let [served, wasted] = [0, 0]
  for (const service of Object.values(run.services)) {
    served += service.served.reduce((sum, one) => sum + one, 0)
    wasted += service.wasted.reduce((sum, one) => sum + one, 0)
  }
  return {
    ...judgeNumber(served + wasted === 0 ? 0 : wasted / (served + wasted), { atMost: most }, percent),
    why: `${decimal(wasted)} of ${decimal(served + wasted)} requests were served for callers who had given up`,
  }
}

/** A route that has nothing to do with the trouble goes on as before. */
export function unchanged(run: Evidence, { route, before, during, success, slower, floorMs }: Unchanged): Finding {
  const [usual, now] = [totalsOf(run, route, before), totalsOf(run, route, during)]
  const share = now.offered === 0 ? Number.NaN : now.succeeded / now.offered
  if (!(share >= success)) {
    return {
      ...judgeNumber(share, { atLeast: success }, percent),
      why: `of ${decimal(now.offered)} requests that were due while ${during} lasted, ${decimal(now.succeeded)} succeeded`,
    }
  }
  const limit = Math.max(floorMs, slower * (usual.p99Ms ?? Infinity))
  return {
    ...judgeNumber(now.p99Ms ?? Number.NaN, { atMost: limit }, inMs),
    why: `99% were answered within ${inMs(usual.p99Ms ?? Infinity)} before, and ${percent(share)} succeeded`,
  }
}

/** How a route is compared with itself. */
export interface Unchanged {
  readonly route: string
  readonly before: string
  readonly during: string
  readonly success: number
  readonly slower: number
  readonly floorMs: number
}

/** The cause of a crash that the scenario itself brought about. */
export const SCRIPTED = 'scripted'
const CRASHES_OF_A_RUIN = 20
