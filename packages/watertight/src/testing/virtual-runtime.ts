import { toMilliseconds, type Duration } from '../runtime/duration.ts'
import { WatertightError } from '../runtime/error.ts'
import { makeIds } from '../runtime/id.ts'
import { keyedRandom, type KeyedRandom } from '../runtime/random.ts'
import type { ContextCarrier, Runtime, Timer } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import { VirtualTimers } from './virtual-timers.ts'

/** 14 February 2024, 00:00 UTC. */
const VALENTINE = 1_707_868_800_000

export interface VirtualRuntimeOptions {
  /** Random numbers and ids follow from it; two runtimes of one test need two seeds, or they make the same ids. Default: 0. */
  readonly seed?: string | number
  /** Epoch milliseconds at the start. Default: 14 February 2024, 00:00 UTC. */
  readonly startWallTime?: number
}

/**
 * A runtime for tests, whose time stands still until it is told to pass. All waiting takes no time, random numbers and ids
 * follow from the seed, and errors that belong to nobody are collected.
 *
 * Before each timer, after the last one and before `advance` returns, everything that promises and turns have to do is done,
 * through any number of `await`s. Real I/O is not waited for.
 *
 * @example
 * const runtime = new VirtualRuntime({ seed: 7 })
 * const answer = payments.on(runtime).run(() => neverAnswers())
 * await runtime.advance(2_000)
 * await expect(answer).rejects.toThrow('timed out')
 */
export class VirtualRuntime implements Runtime {
  readonly random: KeyedRandom
  /** The ambient context is a matter of the platform, not of time. */
  readonly context?: ContextCarrier
  readonly id: () => string
  /** Errors that were handed to `report`. */
  readonly reported: unknown[] = []
  readonly #timers = new VirtualTimers()
  #now = 0
  #wallTimeAtZero: number
  /** Turns that were asked for and have not fired. */
  #turns = 0
  #turnsFired = 0
  #advancing = false

  constructor({ seed = 0, startWallTime = VALENTINE }: VirtualRuntimeOptions = {}) {
    this.#wallTimeAtZero = startWallTime
    this.random = keyedRandom(seed)
    const { context } = systemRuntime
    if (context !== undefined) this.context = { capture: () => context.capture(), keep: () => context.keep() }
    const words = keyedRandom(`ids of ${typeof seed} ${seed}`)
    this.id = makeIds(
      () => this.wallTime(),
      () => Math.floor(words('id') * 2 ** 32),
    )
  }

  /** Number of timers that are armed. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Number of armed timers that would keep a process alive: 0 wherever nothing is under way. */
  get heldTimers(): number {
    return this.#timers.held
  }

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#wallTimeAtZero + this.#now
  }

  /** Sets the wall clock forward by `ms`, or back by a negative number, as an operator or NTP would; `now()` does not move. */
  stepWallTime(ms: number): void {
    this.#wallTimeAtZero += ms
  }

  timer(delayMs: number, fire: () => void, hold: boolean): Timer {
    return this.#timers.arm(this.#now, delayMs, fire, hold)
  }

  /** Fires by itself, at the present virtual time: turns take no time to pass. */
  turn(fire: () => void): void {
    this.#turns++
    systemRuntime.turn(() => {
      this.#turns--
      this.#turnsFired++
      this.#call(fire)
    })
  }

  report(error: unknown): void {
    this.reported.push(error)
  }

  /** Lets `duration` pass, firing timers at their times and in their order. */
  async advance(duration: Duration): Promise<void> {
    await this.advanceTo(this.#now + toMilliseconds('duration', duration))
  }

  /** Lets time pass until `now()` is `instant`. */
  async advanceTo(instant: number): Promise<void> {
    if (instant < this.#now) {
      throw new WatertightError('INVALID_OPTION', `instant must not be before now (${this.#now}), but it is ${instant}`)
    }
    await this.#exclusively(async () => {
      while (await this.#fireNext(instant));
      this.#now = instant
    })
  }

  /**
   * Lets time pass, from timer to timer, until `promise` settles, and hands on how it did.
   *
   * @param within virtual time after which waiting is given up. Default: an hour.
   * @throws WatertightError `STUCK` when the promise is pending still and no timer is left, or `within` has passed.
   */
  async run<T>(promise: Promise<T>, within: Duration = '1h'): Promise<T> {
    let settled = false
    const settle = (): void => {
      settled = true
    }
    promise.then(settle, settle)
    const until = this.#now + toMilliseconds('within', within)
    await this.#exclusively(async () => {
      while (await this.#fireNext(until, () => settled));
    })
    if (settled) return await promise
    const why =
      this.#timers.size === 0 ? 'no timer is left that could settle it' : `nothing settled it within ${within}`
    throw new WatertightError('STUCK', `the promise is still pending at ${this.#now} ms of virtual time: ${why}`)
  }

  /** Does all that can be done at the present time, then fires the next timer. False when none is due, or `enough` says so. */
  async #fireNext(until: number, enough: () => boolean = () => false): Promise<boolean> {
    await this.#drain()
    if (enough()) return false
    const timer = this.#timers.takeNext(until)
    if (timer === undefined) return false
    this.#now = timer.due
    this.#call(timer.fire)
    return true
  }

  /** A turn of the real event loop comes after all microtasks, however many make each other. */
  async #drain(): Promise<void> {
    let fired: number
    do {
      fired = this.#turnsFired
      await new Promise<void>((resolve) => {
        systemRuntime.turn(resolve)
      })
      // What a turn that fired just before this one has set off is not through its microtasks yet.
    } while (this.#turns !== 0 || this.#turnsFired !== fired)
  }

  async #exclusively(advance: () => Promise<void>): Promise<void> {
    if (this.#advancing) {
      throw new WatertightError(
        'ALREADY_ADVANCING',
        'virtual time is advancing already: await that before advancing it again',
      )
    }
    this.#advancing = true
    try {
      await advance()
    } finally {
      this.#advancing = false
    }
  }

  #call(fire: () => void): void {
    try {
      fire()
    } catch (error) {
      this.report(error)
    }
  }
}
