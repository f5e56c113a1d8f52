/** Ids that one route has. */
const ROUTE = 2 ** 32
/** From here on they are of calls that only a repetition has set off. No load has as many requests. */
const SET_OFF_AGAIN = 2 ** 31
/** Routes that a scenario can have. */
const ROUTES = 1_024
/** How often one request can be made from above its pipeline. */
const TIMES = 2_048

/** The id of the `nth` request (from 1 on) of the route with this number (from 1 on). */
export function idOf(route: number, nth: number): number {
  return route * ROUTE + nth
}

/** The number of the route whose request has this id; 0: of none. */
export function routeNumberOf(id: number): number {
  return Math.floor(id / ROUTE) % ROUTES
}

/** Which request of its route has this id, from 1 on. */
export function nthOf(id: number): number {
  return id % ROUTE
}

/** The id of the same request when it is made for the `times`th time (0: the first) from above its pipeline. */
export function repeatedId(id: number, times: number): number {
  return id + times * ROUTE * ROUTES
}

/** Whether a request with this id is one of a load, or was set off by one at its first try. */
export function isOriginal(id: number): boolean {
  return nthOf(id) < SET_OFF_AGAIN
}

/**
 * The id of the calls that a service makes for a request: of the same route, so that a storm of retries further down counts for it
 * too, and apart from those of other requests by `drawn` (0 to 1). `first`: the request was the first try of its pipeline.
 */
export function onwardId(id: number, drawn: number, first: boolean): number {
  const times = Math.floor(drawn * TIMES)
  const nth = Math.floor((drawn * TIMES - times) * SET_OFF_AGAIN)
  return repeatedId(idOf(routeNumberOf(id), first && isOriginal(id) ? nth : nth + SET_OFF_AGAIN), times)
}
