import type { LoadSecond } from '../load/messages.ts'
import { ROUTES } from '../load/route.ts'
import type { ServiceSnapshot } from '../process/messages.ts'

/** One second of the run in one line: what was answered and what not, who waits, and the state of the payments circuit. */
export function liveLine(second: LoadSecond, orders: ServiceSnapshot | undefined): string {
  const routes = ROUTES.map((route) => {
    const { answered, failed } = second.routes[route]
    return `${route} ${answered}${failed > 0 ? ` (${failed} failed)` : ''}`
  })
  const circuit = orders?.pipelines?.['payments']?.breaker
  const unfinished = unfinishedSagas(orders)
  return [
    `${String(second.second + 1).padStart(3)} s ${second.phase.padEnd(7)}`,
    `${routes.join(', ')} /s`,
    `${second.outstanding} waiting`,
    ...(circuit === undefined ? [] : [`payments circuit ${circuit}`]),
    ...(unfinished === undefined ? [] : [`${unfinished} orders under way`]),
  ].join(' · ')
}

/** How many sagas still have something to do, also those that wait or turn back; `undefined` when the service does not say. */
export function unfinishedSagas(orders: ServiceSnapshot | undefined): number | undefined {
  const sagas = orders?.sagas
  const running = sagas?.['running']
  return running === undefined ? undefined : running + (sagas?.['waiting'] ?? 0) + (sagas?.['compensating'] ?? 0)
}
