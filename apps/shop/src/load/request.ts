import type { Refused } from '../contract/orders.ts'
import type { DeskSession } from './desk-session.ts'
import type { Answer, HttpRequest } from './http-request.ts'
import type { OrderAnswer } from './journal.ts'
import type { Route } from './route.ts'
import type { ScheduledRequest } from './schedule.ts'

const OK = 200
const PAID = 201
const PENDING = 202
const CONFLICT = 409
const UNAVAILABLE = 503
const CLIENT_ERROR = 400
const SERVER_ERROR = 500
const SEARCH_LIMIT = 20
const NOTHING = {}
const JSON_BODY = { 'content-type': 'application/json' }

/** The HTTP request of a scheduled one, with the tokens of now. */
export function requestOf({ route, target, orderId = '' }: ScheduledRequest, desk: DeskSession): HttpRequest {
  if (route === 'browse') return { method: 'GET', path: `/products/${encodeURIComponent(target)}`, headers: NOTHING }
  if (route === 'search')
    return { method: 'GET', path: `/search?q=${encodeURIComponent(target)}&limit=${SEARCH_LIMIT}`, headers: NOTHING }
  if (route === 'sign-in') return { method: 'POST', path: '/sign-in', headers: JSON_BODY, body: desk.refreshBody }
  return {
    method: 'POST',
    path: '/orders',
    headers: { ...JSON_BODY, authorization: `Bearer ${desk.accessToken}`, 'idempotency-key': `order-${orderId}` },
    body: target,
  }
}

/** Why an answer is no success: the code of a refusal or of a lost connection. `undefined` for a success. */
export function judge(route: Route, { status, body, error }: Answer): string | undefined {
  if (status === OK || (route === 'order' && (status === PAID || status === PENDING))) return undefined
  if (status === 0) return error !== undefined && 'code' in error ? String(error.code) : 'CONNECTION_LOST'
  return codeOf(body) ?? `HTTP_${status}`
}

/**
 * What the customer knows of the order after this answer. 4xx and 503 are definite refusals; another server error, or no answer,
 * says nothing.
 */
export function statusOfOrder({ status }: Answer): OrderAnswer {
  if (status === PAID) return 'paid'
  if (status === PENDING) return 'pending'
  if (status === CONFLICT) return 'rejected'
  const refused = status === UNAVAILABLE || (status >= CLIENT_ERROR && status < SERVER_ERROR)
  return refused ? 'refused' : 'unknown'
}

function codeOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as Partial<Refused>).code
  } catch {
    return undefined
  }
}
