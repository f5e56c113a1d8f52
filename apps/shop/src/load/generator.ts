import { Connections } from './connections.ts'
import { DeskSession } from './desk-session.ts'
import { type Answer, type HttpRequest, send } from './http-request.ts'
import type { Journal } from './journal.ts'
import type { LoadPlan } from './arrivals.ts'
import type { LoadSecond, RouteSecond } from './messages.ts'
import { judge, requestOf, statusOfOrder } from './request.ts'
import type { Route } from './route.ts'
import type { Schedule, ScheduledRequest } from './schedule.ts'
import { type LoadResult, Tally } from './tally.ts'

/** A user waits so long for a page, then gives up: a failure. */
const PATIENCE_MS = 20_000
const SWEEP_MS = 250
const SECOND_MS = 1_000

interface Outstanding {
  readonly request: ScheduledRequest
  readonly abort: () => void
}

/** Sends every request of a schedule at its instant, whatever the shop does, and keeps the figures. */
export class Generator {
  readonly #plan: LoadPlan
  readonly #schedule: Schedule
  readonly #connections: Connections
  readonly #desk: DeskSession
  readonly #journal: Journal
  readonly #tally: Tally
  readonly #outstanding = new Set<Outstanding>()
  readonly #done = Promise.withResolvers<void>()
  #second: Record<Route, RouteSecond> = emptySecond()
  #start = 0
  #next = 0
  #unwritten = 0

  private constructor(
    plan: LoadPlan,
    schedule: Schedule,
    connections: Connections,
    desk: DeskSession,
    journal: Journal,
  ) {
    this.#plan = plan
    this.#schedule = schedule
    this.#connections = connections
    this.#desk = desk
    this.#journal = journal
    this.#tally = new Tally(plan.phases)
  }

  /** Signs the order desk in; then all is ready to start. */
  static async prepare(plan: LoadPlan, schedule: Schedule, gatewayPort: number, journal: Journal): Promise<Generator> {
    const connections = new Connections(gatewayPort)
    return new Generator(plan, schedule, connections, await DeskSession.open(connections), journal)
  }

  /** Resolves when every request has an answer, was given up, or {@link finish} was called. */
  async run(tell: (second: LoadSecond) => void): Promise<LoadResult> {
    this.#start = performance.now()
    const sweep = setInterval(() => this.#giveUp(this.#elapsed() - PATIENCE_MS, 'USER_GAVE_UP'), SWEEP_MS)
    let second = 0
    const seconds = setInterval(() => tell(this.#takeSecond(second++)), SECOND_MS)
    this.#sendDue()
    await Promise.race([this.#done.promise, this.#journal.failed])
    clearInterval(sweep)
    clearInterval(seconds)
    this.#desk.close()
    await this.#journal.close()
    await this.#connections.close()
    return this.#tally.result(this.#schedule.hash)
  }

  /** Ends the run: what has no answer yet has failed. */
  finish(): void {
    this.#next = this.#schedule.requests.length
    this.#giveUp(Number.POSITIVE_INFINITY, 'UNFINISHED')
    this.#endWhenDone()
  }

  #elapsed(): number {
    return performance.now() - this.#start
  }

  #sendDue(): void {
    const { requests } = this.#schedule
    const now = this.#elapsed()
    for (
      let request = requests[this.#next];
      request !== undefined && request.atMs <= now;
      request = requests[++this.#next]
    )
      this.#send(request)
    const following = requests[this.#next]
    if (following === undefined) this.#endWhenDone()
    else setTimeout(() => this.#sendDue(), Math.max(0, following.atMs - this.#elapsed()))
  }

  #send(request: ScheduledRequest): void {
    const { phase, route, atMs } = request
    this.#tally.offered(phase, route, this.#elapsed() - atMs)
    const http: HttpRequest = requestOf(request, this.#desk)
    const { abort } = send(this.#connections, http, route === 'order', (answer) => {
      this.#outstanding.delete(entry)
      this.#answered(request, answer, this.#elapsed() - atMs)
    })
    const entry: Outstanding = { request, abort }
    this.#outstanding.add(entry)
  }

  #answered(request: ScheduledRequest, answer: Answer, ms: number): void {
    const { phase, route } = request
    const cause = judge(route, answer)
    const { answered, failed, slowestMs } = this.#second[route]
    this.#second[route] =
      cause === undefined
        ? { answered: answered + 1, failed, slowestMs: Math.max(slowestMs, Math.round(ms)) }
        : { answered, failed: failed + 1, slowestMs }
    if (cause !== undefined) this.#tally.failed(cause)
    if (route === 'order') this.#orderAnswered(request, answer, cause, ms)
    else if (cause === undefined) this.#tally.succeeded(phase, route, ms)
    this.#endWhenDone()
  }

  /** An acknowledgement counts when the customer's own list has it on disk. */
  #orderAnswered(
    { orderId = '', phase }: ScheduledRequest,
    answer: Answer,
    code: string | undefined,
    ms: number,
  ): void {
    const status = statusOfOrder(answer)
    this.#unwritten++
    this.#journal.append({ orderId, status, at: Date.now(), ...(code !== undefined && { code }) }, () => {
      this.#unwritten--
      this.#tally.order(status)
      if (code === undefined) this.#tally.succeeded(phase, 'order', ms)
      else if (status === 'rejected') this.#tally.rejected(phase, 'order', ms)
      this.#endWhenDone()
    })
  }

  /** Requests leave in the order of their instants, so the oldest come first. */
  #giveUp(scheduledBefore: number, code: string): void {
    for (const entry of this.#outstanding) {
      if (entry.request.atMs > scheduledBefore) return
      this.#outstanding.delete(entry)
      entry.abort()
      this.#answered(
        entry.request,
        { status: 0, body: '', error: Object.assign(new Error(code), { code }) },
        PATIENCE_MS,
      )
    }
  }

  #endWhenDone(): void {
    if (this.#next === this.#schedule.requests.length && this.#outstanding.size === 0 && this.#unwritten === 0)
      this.#done.resolve()
  }

  #takeSecond(second: number): LoadSecond {
    const routes = this.#second
    this.#second = emptySecond()
    let endMs = 0
    const phase = this.#plan.phases.find(({ seconds }) => (second + 0.5) * SECOND_MS < (endMs += seconds * SECOND_MS))
    return { second, phase: phase?.name ?? 'drain', routes, outstanding: this.#outstanding.size }
  }
}

function emptySecond(): Record<Route, RouteSecond> {
  const nothing: RouteSecond = { answered: 0, failed: 0, slowestMs: 0 }
  return { browse: nothing, search: nothing, 'sign-in': nothing, order: nothing }
}
