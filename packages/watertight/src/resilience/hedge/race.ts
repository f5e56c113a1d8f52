import type { Cause } from '../../runtime/cancellation.ts'
import type { Answerable } from '../fallback/fallback.ts'
import type { Outcome } from '../outcome.ts'
import type { Inner } from '../policy.ts'
import type { Branch, Scope } from '../scope.ts'
import { whenKnown } from '../when-known.ts'
import type { Countdown } from '../timeout/countdowns.ts'

/** One hedged call: its tries that are on their way, and how the others failed. */
export class Race {
  readonly scope: Scope
  readonly inner: Inner
  readonly startedAt: number
  readonly delayMs: number
  /** Runs what is started from a timer in the ambient context of the call. */
  readonly inContext: (run: () => void) => void
  /** Until the next hedge. */
  countdown: Countdown | undefined = undefined
  /** The first try: it runs where the call runs, the others on branches. */
  firstRuns = true
  readonly failed: Answerable[] = []
  /** No further try sets out: the dependency pushed back, or the caller says that the call must not be made twice. */
  closed = false
  started = 0
  /** How the race ended: undefined while it is open. */
  result: Outcome<unknown> | undefined = undefined
  over = false
  readonly #branches = new Set<Branch<unknown>>()
  #resolve: ((result: Outcome<unknown>) => void) | undefined

  constructor(scope: Scope, inner: Inner, now: number, delayMs: number, inContext: (run: () => void) => void) {
    this.scope = scope
    this.inner = inner
    this.startedAt = now
    this.delayMs = delayMs
    this.inContext = inContext
  }

  get running(): number {
    return this.#branches.size + (this.firstRuns ? 1 : 0)
  }

  /** Starts another try, and tells `ended` of its outcome. */
  launch(ended: (outcome: Outcome<unknown>, path: number) => void): number {
    const path = ++this.started
    const branch = this.inner.branch(this.scope, { attempt: this.scope.attempt, path })
    this.#branches.add(branch)
    const finish = (outcome: Outcome<unknown>): void => {
      if (this.#branches.delete(branch)) ended(outcome, path)
    }
    void whenKnown(branch.run(), finish)
    return path
  }

  /** The race is over; whoever waits for it gets `result`. */
  end(result: Outcome<unknown>): void {
    this.over = true
    this.result = result
    this.#resolve?.(result)
  }

  /** Stops every hedge that still runs; how many that were. */
  stop(cause: Cause): number {
    const losers = [...this.#branches]
    this.#branches.clear()
    for (const loser of losers) loser.stop(cause)
    return losers.length
  }

  /** The result, now or when it is known. */
  wait(): Outcome<unknown> | Promise<Outcome<unknown>> {
    return (
      this.result ??
      new Promise((resolve) => {
        this.#resolve = resolve
      })
    )
  }
}
