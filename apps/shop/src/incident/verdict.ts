import { ROUTES, type Route } from '../load/route.ts'
import type { RouteFigures } from '../load/tally.ts'
import { EXIT, type ExitCode } from '../supervisor/plain-failure.ts'
import type { RunRecord, Verdict } from './record.ts'

const HEALTHY_SUCCESS = 0.999
const ACKNOWLEDGED = 0.95
const FINISHED = 0.99
const PARKED_AT_MOST = 0.005
const TIMES_SLOWER = 3
const QUICK_MS = 50
const SAMPLES_BEFORE = 500
const SAMPLES_IN_SPIKE = 5_000
const ORDERS_OFFERED = 1_000
const INJECTED_EACH = 20
const LATENESS_MS = 15
const USED_BY_OTHERS = 0.2

const JUDGED_PHASES = ['before', 'spike', 'after'] as const
/** What must go on as if nothing had happened. */
const UNRELATED = ROUTES.filter((route) => route !== 'order')

export interface Judgement {
  readonly verdict: Verdict
  /** Each in one sentence; empty when contained. */
  readonly reasons: readonly string[]
}

/**
 * The verdict over one run, the same for the protected and the unprotected shop.
 *
 * What was done wrong to an order is wrong on any machine. Slowness and refusals count only when the load was sent in time:
 * a generator that is late itself measures the machine, not the shop, and so does a run whose processor time others used. A run
 * with too few samples proves nothing.
 */
export function judge(record: RunRecord): Judgement {
  const wrongs = [...correctness(record)]
  if (wrongs.length > 0) return { verdict: 'not contained', reasons: [...wrongs, ...containment(record)] }
  if (record.lateness.p99 > LATENESS_MS)
    return {
      verdict: 'inconclusive: machine busy',
      reasons: [
        `requests were sent late: p99 ${record.lateness.p99.toFixed(1)} ms, at most ${LATENESS_MS} ms is right`,
      ],
    }
  const spread = [...containment(record)]
  const others = record.machineUsedByOthers ?? 0
  if (spread.length > 0 && others > USED_BY_OTHERS)
    return {
      verdict: 'inconclusive: machine busy',
      reasons: [
        `others used ${percent(others)} of the machine's processor time, at most ${percent(USED_BY_OTHERS)} is right`,
        ...spread,
      ],
    }
  if (spread.length > 0) return { verdict: 'not contained', reasons: spread }
  const missing = [...minima(record)]
  if (missing.length > 0) return { verdict: 'inconclusive: too few samples', reasons: missing }
  return { verdict: 'contained', reasons: [] }
}

export function exitCodeOf(verdict: Verdict): ExitCode {
  if (verdict === 'contained') return EXIT.fine
  return verdict === 'not contained' ? EXIT.failed : EXIT.inconclusive
}

function* correctness(record: RunRecord): Generator<string> {
  const { lost, chargedTwice, chargedAfterRefusal, audit } = record
  if (lost > 0) yield `${lost} accepted orders are lost`
  if (chargedTwice > 0) yield `${chargedTwice} orders were charged twice`
  if (chargedAfterRefusal > 0) yield `${chargedAfterRefusal} orders were charged after they had been refused`
  const counted = new Set(['LOST_ORDER', 'CHARGED_TWICE', 'CHARGED_AFTER_REFUSAL', 'UNFINISHED', 'PARKED'])
  for (const [kind, count] of Object.entries(audit.counts))
    if (count > 0 && !counted.has(kind)) yield `the audit found ${count} x ${kind}`
}

function* containment(record: RunRecord): Generator<string> {
  for (const phase of JUDGED_PHASES)
    for (const route of UNRELATED) {
      const { success } = figures(record, phase, route)
      if (success < HEALTHY_SUCCESS)
        yield `${route}, ${phase}: ${percent(success)} succeeded, at least ${percent(HEALTHY_SUCCESS)} is right`
    }
  for (const route of UNRELATED)
    yield* slower(route, figures(record, 'before', route).p99, figures(record, 'spike', route).p99)
  const spike = figures(record, 'spike', 'order')
  if (spike.success < ACKNOWLEDGED)
    yield `${percent(spike.success)} of the orders in the spike were acknowledged, at least ${percent(ACKNOWLEDGED)} is right`
  const { accepted, completed, compensated, parked, parkedWithoutCause } = record
  const finished = accepted === 0 ? 0 : (completed + compensated) / accepted
  if (finished < FINISHED)
    yield `${percent(finished)} of the accepted orders were completed or undone by the end, at least ${percent(FINISHED)} is right`
  if (parked > accepted * PARKED_AT_MOST)
    yield `${parked} of ${accepted} accepted orders wait for a person, at most ${percent(PARKED_AT_MOST)} is right`
  if (parkedWithoutCause > 0) yield `${parkedWithoutCause} orders wait for a person without a cause that needs one`
  for (const exit of record.unexpectedExits) yield exit
}

function* slower(route: Route, before: number | null, spike: number | null): Generator<string> {
  const limit = Math.max(QUICK_MS, TIMES_SLOWER * (before ?? 0))
  if (spike === null || spike > limit)
    yield `${route}, spike: p99 ${milliseconds(spike)}, at most ${milliseconds(limit)} is right (before it was ${milliseconds(before)})`
}

function* minima(record: RunRecord): Generator<string> {
  const unrelated = (phase: string): number =>
    UNRELATED.reduce((sum, route) => sum + figures(record, phase, route).offered, 0)
  yield* tooFew('browse, search and sign-in requests before the spike', unrelated('before'), SAMPLES_BEFORE)
  yield* tooFew('browse, search and sign-in requests in the spike', unrelated('spike'), SAMPLES_IN_SPIKE)
  yield* tooFew('orders', record.offered, ORDERS_OFFERED)
  yield* tooFew('charges whose answer was lost', record.injected['answerLost'] ?? 0, INJECTED_EACH)
  yield* tooFew('charges made late', record.injected['lateCharged'] ?? 0, INJECTED_EACH)
}

function* tooFew(what: string, is: number, least: number): Generator<string> {
  if (is < least) yield `${is} ${what}, at least ${least} are needed to tell`
}

/** What was never tried has not gone well. */
const NOTHING: RouteFigures = { offered: 0, succeeded: 0, success: 0, p50: null, p99: null }

function figures(record: RunRecord, phase: string, route: Route): RouteFigures {
  return record.phases[phase]?.[route] ?? NOTHING
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2).replace(/\.?0+$/, '')}%`
}

function milliseconds(ms: number | null): string {
  return ms === null ? 'infinite' : `${Math.round(ms)} ms`
}
