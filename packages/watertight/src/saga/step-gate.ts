import type { Runtime, Timer } from '../runtime/runtime.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000
const SPREAD = 0.1

/** A place in the queue before a {@link StepGate}. */
export interface GateTicket {
  /** True: inside, and `leave` or `refused` must follow. False: left the queue. */
  readonly entered: Promise<boolean>
  /** Leaves the queue; does nothing when it is inside already. */
  withdraw(): void
}

interface Waiter {
  readonly resolve: (entered: boolean) => void
  before: Waiter | undefined
  after: Waiter | undefined
  waiting: boolean
}

/**
 * Lets a bounded number of instances into one step at once, first come, first served; those who wait cost no time.
 *
 * When the step's pipeline refuses a call, the gate closes until the refusal's `retryAfterMs` is over or the breaker
 * changes state, and its window halves; every call that passes opens it by one again (additive increase, multiplicative
 * decrease). So thousands that waited for a circuit come back one, two, four … at a time, and not as a stampede.
 */
export class StepGate {
  readonly #runtime: Runtime
  readonly #limit: number
  #window: number
  #inside = 0
  #pause: Timer | undefined
  #pauses = 0
  #first: Waiter | undefined
  #last: Waiter | undefined

  constructor(runtime: Runtime, limit: number) {
    this.#runtime = runtime
    this.#limit = this.#window = limit
  }

  /** Whether an instance got in without waiting. */
  tryEnter(): boolean {
    if (this.#first !== undefined || !this.#hasRoom()) return false
    this.#inside++
    return true
  }

  /** Queues; `again`: at the head, for one that was inside and refused. */
  queue(again: boolean): GateTicket {
    const { promise: entered, resolve } = Promise.withResolvers<boolean>()
    const waiter: Waiter = { resolve, before: undefined, after: undefined, waiting: true }
    if (again) this.#link(waiter, undefined, this.#first)
    else this.#link(waiter, this.#last, undefined)
    this.#admit()
    return {
      entered,
      withdraw: () => {
        if (waiter.waiting) this.#unlink(waiter).resolve(false)
      },
    }
  }

  /** The call was made, or not tried after all (`passed` false). */
  leave(passed: boolean): void {
    this.#inside--
    if (passed) {
      this.#window = Math.min(this.#limit, this.#window + 1)
      this.#pauses = 0
    }
    this.#admit()
  }

  /** The pipeline refused the call. */
  refused(retryAfterMs: number | undefined): void {
    this.#inside--
    this.#window = Math.max(1, Math.floor(this.#window / 2))
    if (this.#pause !== undefined) return
    const pause = retryAfterMs ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#pauses, 10))
    this.#pauses++
    const spread = 1 + SPREAD * this.#runtime.random('saga.gate')
    this.#pause = this.#runtime.timer(pause * spread, () => this.reopen(), true)
  }

  /** Ends a pause early: the breaker changed its state. */
  reopen(): void {
    this.#pause?.cancel()
    this.#pause = undefined
    this.#admit()
  }

  /** Sends everyone away and forgets the pause; the gate can be used again. */
  clear(): void {
    for (let waiter = this.#first; waiter; waiter = this.#first) this.#unlink(waiter).resolve(false)
    this.#pause?.cancel()
    this.#pause = undefined
  }

  #hasRoom(): boolean {
    return this.#pause === undefined && this.#inside < this.#window
  }

  #admit(): void {
    while (this.#first !== undefined && this.#hasRoom()) {
      this.#inside++
      this.#unlink(this.#first).resolve(true)
    }
  }

  #link(waiter: Waiter, before: Waiter | undefined, after: Waiter | undefined): void {
    waiter.before = before
    waiter.after = after
    if (before) before.after = waiter
    else this.#first = waiter
    if (after) after.before = waiter
    else this.#last = waiter
  }

  #unlink(waiter: Waiter): Waiter {
    const { before, after } = waiter
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    waiter.waiting = false
    return waiter
  }
}
