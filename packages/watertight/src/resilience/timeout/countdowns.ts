import type { Runtime, Timer } from '../../runtime/runtime.ts'
import type { Inner, RunningLimit } from '../policy.ts'
import type { Scope } from '../scope.ts'

/** One running time limit, with the links of the list it stands in. */
export class Countdown implements RunningLimit {
  readonly scope: Scope
  readonly inner: Inner
  readonly due: number
  readonly afterMs: number
  readonly outer: RunningLimit | undefined
  before: Countdown | undefined = undefined
  after: Countdown | undefined = undefined
  running = false
  fired = false
  over = false

  constructor(scope: Scope, inner: Inner, now: number, afterMs: number, outer?: RunningLimit) {
    this.scope = scope
    this.inner = inner
    this.due = now + afterMs
    this.afterMs = afterMs
    this.outer = outer
  }
}

/**
 * The running time limits of one policy, in the order in which they end, over a single timer. Limits of one policy are mostly
 * equally long, so that a new one belongs at the end of the list: starting and stopping it changes two links. The timer is armed
 * for the first; when that is gone by then, for the next. Once nothing runs any more, at the end of the turn, it is cancelled.
 */
export class Countdowns {
  /** Limits nothing: the specimen of the roster says what it is there for. */
  readonly specimen: Countdown = new Countdown(undefined as never, undefined as never, 0.5, 0.5)
  readonly #runtime: Runtime
  readonly #expire: (countdown: Countdown) => void
  #first: Countdown | undefined
  #last: Countdown | undefined
  #timer: Timer | undefined
  #timerDue = Infinity
  #tidying = false

  /** `expire` is called for each limit that ends. */
  constructor(runtime: Runtime, expire: (countdown: Countdown) => void) {
    this.#runtime = runtime
    this.#expire = expire
  }

  /** Starts `countdown`; `now` is the present instant. */
  start(countdown: Countdown, now: number): void {
    let before = this.#last
    while (before !== undefined && before.due > countdown.due) before = before.before
    const after = before === undefined ? this.#first : before.after
    countdown.before = before
    countdown.after = after
    if (before === undefined) this.#first = countdown
    else before.after = countdown
    if (after === undefined) this.#last = countdown
    else after.before = countdown
    countdown.running = true
    if (countdown.due < this.#timerDue) this.#arm(countdown.due, now)
  }

  /** Stops it; again, or after it fired: nothing. */
  stop(countdown: Countdown): void {
    if (!countdown.running) return
    this.#remove(countdown)
    if (this.#first === undefined && !this.#tidying) {
      this.#tidying = true
      this.#runtime.turn(this.#tidy)
    }
  }

  #remove(countdown: Countdown): void {
    const { before, after } = countdown
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    countdown.before = countdown.after = undefined
    countdown.running = false
  }

  #arm(due: number, now: number): void {
    this.#timer?.cancel()
    this.#timerDue = due
    this.#timer = this.#runtime.timer(due - now, this.#wake, true)
  }

  readonly #wake = (): void => {
    this.#timer = undefined
    this.#timerDue = Infinity
    const now = this.#runtime.now()
    for (let first = this.#first; first !== undefined && first.due <= now; first = this.#first) {
      this.#remove(first)
      first.fired = true
      try {
        this.#expire(first)
      } catch (error) {
        this.#runtime.report(error)
      }
    }
    if (this.#first !== undefined && this.#first.due < this.#timerDue) this.#arm(this.#first.due, now)
  }

  readonly #tidy = (): void => {
    this.#tidying = false
    if (this.#first !== undefined) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerDue = Infinity
  }
}
