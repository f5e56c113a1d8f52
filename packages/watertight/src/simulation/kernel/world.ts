import { toMilliseconds, type Duration } from '../../runtime/duration.ts'
import { WatertightError } from '../../runtime/error.ts'
import { makeIds } from '../../runtime/id.ts'
import { invalidOption, refuseUnknown, requireBetween, requireOneOf } from '../../runtime/option.ts'
import { keyedRandom, type KeyedRandom } from '../../runtime/random.ts'
import type { ContextCarrier, Runtime, Timer } from '../../runtime/runtime.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { Agenda } from './agenda.ts'
import { runAfterPromises, runInBatches } from './batches.ts'
import { guard, type GuardMode, insideSimulation } from './guard.ts'
import { Trace, type TraceMode } from './trace.ts'

/** What a simulated world starts from. All of it is plain data, and says all there is to say of what will happen. */
export interface WorldOptions {
  /** Random numbers and ids follow from it; two worlds of one test need two seeds, or they make the same ids. Default: 0. */
  readonly seed?: string | number
  /** Epoch milliseconds at the start. Default: 14 February 2024, 00:00 UTC. */
  readonly startWallTime?: number
  /**
   * Fires what is due at the same instant in an order drawn from the seed instead of the order of arming: finds code that
   * relies on the latter. Default: false.
   */
  readonly shuffle?: boolean
  /** What is kept of the run. `'text'` keeps every line in memory. Default: `'hash'`. */
  readonly trace?: TraceMode
  /**
   * What becomes of the platform's own clock, timers, chance and network while simulated code runs: they throw
   * `REAL_WORLD_IN_SIMULATION`, are the world's (for code of others that cannot be given a runtime), or stay what they are.
   * What a module has copied into a variable of its own before the run is out of reach. Default: `'throw'`.
   */
  readonly guard?: GuardMode
}

/** How a run of a world is watched and stopped. */
export interface RunUntilOptions {
  /** Called a few times a second of real time with the virtual time, and once at the end. */
  readonly progress?: (now: number) => void
  /** Stops the run between two events when it aborts; the run rejects with its reason. */
  readonly signal?: AbortSignal
  /** Default: that of the world. */
  readonly guard?: GuardMode
}

/** 14 February 2024, 00:00 UTC. */
const VALENTINE = 1_707_868_800_000
/** No date is further from the epoch, in milliseconds. */
const LAST_DATE = 8.64e15
const PROGRESS_EVERY_MS = 100
const KNOWN = ['seed', 'startWallTime', 'shuffle', 'trace', 'guard'] as const
const GUARDS = ['throw', 'virtual', 'off'] as const

/**
 * A simulated world: a {@link Runtime} whose time is virtual, and the models' own events beside its timers. The policies,
 * sagas and stores of production run on it unchanged; all waiting takes no time, and the same seed gives the same run, event
 * by event.
 *
 * Events fire by time, and in the order of arming where the time is the same. Before each of them, everything that promises
 * and turns have to do is done, through any number of `await`s. Real I/O is not waited for.
 *
 * @example
 * const world = new World({ seed: 7 })
 * const answer = payments.on(world).run(() => neverAnswers())
 * await world.run(answer) // rejects with TIMED_OUT, at once
 */
export class World implements Runtime {
  readonly random: KeyedRandom
  /** The ambient context is a matter of the platform, not of time. */
  readonly context?: ContextCarrier
  readonly id: () => string
  /** Errors that were handed to `report`. */
  readonly reported: unknown[] = []
  readonly #agenda: Agenda
  readonly #trace: Trace
  readonly #guard: GuardMode
  #wallTimeAtZero: number
  #running = false
  #settling = false
  #failure: { readonly error: unknown } | undefined

  constructor(options: WorldOptions = {}) {
    refuseUnknown('a world', options, KNOWN)
    const { seed = 0, startWallTime = VALENTINE, shuffle = false, trace = 'hash', guard: guarded = 'throw' } = options
    this.#guard = requireOneOf('guard', guarded, GUARDS)
    this.#trace = new Trace(requireOneOf('trace', trace, ['hash', 'text', 'off']))
    this.#wallTimeAtZero = requireBetween('startWallTime', startWallTime, -LAST_DATE, LAST_DATE)
    this.random = keyedRandom(seed)
    const ranks = keyedRandom(`order of ${typeof seed} ${seed}`)
    this.#agenda = new Agenda(
      this.#trace,
      shuffle ? () => ranks('rank') : undefined,
      (error) => this.report(error),
      (error) => this.#fail(error),
    )
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
    return this.#agenda.timers
  }

  /** Number of armed timers that would keep a process alive: 0 wherever nothing is under way. */
  get heldTimers(): number {
    return this.#agenda.held
  }

  /** Number of events, timers and turns that have fired. */
  get eventCount(): number {
    return this.#agenda.fired
  }

  /** 16 hexadecimal digits that stand for all that has happened: each event that fired, when, and each line of the trace. */
  get traceHash(): string {
    return this.#trace.digest
  }

  /** The lines of the trace, `time kind values…`; none unless the world was made with `trace: 'text'`. */
  get traceLines(): readonly string[] {
    return this.#trace.lines
  }

  now(): number {
    return this.#agenda.now
  }

  wallTime(): number {
    return this.#wallTimeAtZero + this.#agenda.now
  }

  /** Sets the wall clock forward by `ms`, or back by a negative number, as an operator or NTP would; `now()` does not move. */
  stepWallTime(ms: number): void {
    this.#wallTimeAtZero += ms
  }

  timer(delayMs: number, fire: () => void, hold: boolean): Timer {
    return this.#agenda.timer(delayMs, fire, hold)
  }

  /**
   * An event of a model, at an exact instant (timers fire on whole milliseconds). It cannot be cancelled. What it throws ends
   * the run.
   *
   * @throws WatertightError `INVALID_OPTION` when `atMs` is in the past, or NaN.
   */
  schedule(atMs: number, fire: () => void): void {
    this.#agenda.event(atMs, fire)
  }

  /**
   * The same as {@link schedule}, at a fraction of the cost, for an event that only counts: it calls no code of others and
   * settles no promise, so that nothing is drained after it. Where it has to after all, it says so with {@link wake}.
   *
   * @throws WatertightError `INVALID_OPTION` when `atMs` is in the past, or NaN.
   */
  scheduleQuiet(atMs: number, fire: () => void): void {
    this.#agenda.quietEvent(atMs, fire)
  }

  /** Something that awaits may go on: lets it, before the next event. To be called by a quiet event that settles a promise. */
  wake(): void {
    this.#agenda.wake()
  }

  /** Fires at the present virtual time, after what runs now and all that promises do next: turns take no time to pass. */
  turn(fire: () => void): void {
    this.#agenda.turn(fire)
    this.#settle()
  }

  /** One line of the trace: the virtual time, `kind` and `values`. */
  trace(kind: string, ...values: (string | number)[]): void {
    this.#trace.line(this.#agenda.now, kind, values)
  }

  report(error: unknown): void {
    this.reported.push(error)
  }

  /**
   * Lets time pass until `now()` is `ms`, firing everything at its time. With `Infinity`: until nothing is left to fire.
   *
   * @throws what an event of a model throws; the reason of `signal`; WatertightError `INVALID_OPTION` when `ms` is in the past,
   * `ALREADY_ADVANCING` when time is passing already.
   */
  async runUntil(ms: number, options: RunUntilOptions = {}): Promise<void> {
    if (!(ms >= this.#agenda.now))
      throw invalidOption('ms', ms, `an instant that is not before now (${this.#agenda.now})`)
    // What is due at infinity never fires.
    await this.#advance(Math.min(ms, Number.MAX_VALUE), () => false, options)
    if (Number.isFinite(ms)) this.#agenda.now = ms
    options.progress?.(this.#agenda.now)
  }

  /**
   * Lets time pass, from event to event, until `promise` settles, and hands on how it did.
   *
   * @param within virtual time after which waiting is given up. Default: an hour.
   * @throws WatertightError `STUCK` when the promise is pending still and nothing is left to fire, or `within` has passed;
   * `ALREADY_ADVANCING` when time is passing already.
   */
  async run<T>(promise: Promise<T>, within: Duration = '1h'): Promise<T> {
    let settled = false
    const settle = (): void => {
      settled = true
    }
    promise.then(settle, settle)
    await this.#advance(this.#agenda.now + toMilliseconds('within', within), () => settled, {})
    if (settled) return await promise
    const why = this.#agenda.empty ? 'no timer is left that could settle it' : `nothing settled it within ${within}`
    throw new WatertightError('STUCK', `the promise is still pending at ${this.#agenda.now} ms of virtual time: ${why}`)
  }

  async #advance(until: number, enough: () => boolean, options: RunUntilOptions): Promise<void> {
    const { progress, signal, guard: mode = this.#guard } = options
    if (this.#running || insideSimulation()) throw alreadyAdvancing(this.#running)
    signal?.throwIfAborted()
    const doors = guard(requireOneOf('guard', mode, GUARDS), this, (error) => this.#fail(error))
    this.#running = true
    let told = systemRuntime.now()
    try {
      await runInBatches({
        step: () => this.#failure === undefined && !enough() && this.#agenda.step(until),
        beginBatch: () => doors.close(),
        endBatch: () => doors.open(),
        goOn: () => {
          const now = systemRuntime.now()
          if (now - told >= PROGRESS_EVERY_MS) {
            told = now
            this.#tell(progress)
          }
          return signal?.aborted !== true
        },
      })
      const failure = this.#failure
      this.#failure = undefined
      if (failure !== undefined) throw failure.error
      signal?.throwIfAborted()
    } finally {
      doors.end()
      this.#running = false
      this.#settle()
    }
  }

  /** Lets turns fire by themselves while time stands still. */
  #settle(): void {
    if (this.#running || this.#settling || !this.#agenda.hasTurns) return
    this.#settling = true
    const turn = (): void => {
      this.#settling = false
      if (!this.#running) this.#agenda.fireTurns()
    }
    runAfterPromises(turn)
  }

  #tell(progress: RunUntilOptions['progress']): void {
    try {
      progress?.(this.#agenda.now)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    // Nothing else is to fire in this step.
    this.#agenda.wake()
  }
}

function alreadyAdvancing(itself: boolean): WatertightError {
  const message = itself
    ? 'virtual time is advancing already: await that before advancing it again'
    : 'this is inside of another simulation, which cannot wait for one: run one world after the other, or side by side'
  return new WatertightError('ALREADY_ADVANCING', message)
}
