import type { Runtime, Timer } from '../../runtime/runtime.ts'
import type { HuntClock } from './hunt-clock.ts'

/** How the clocks of one life of a process are wrong. */
export interface ClockError {
  /** Milliseconds by which the wall clock is ahead. */
  readonly aheadMs: number
  /** How fast its clocks run: 1 is right. */
  readonly rate: number
}

const RIGHT: ClockError = { aheadMs: 0, rate: 1 }

/**
 * One life of a simulated process: the runtime that its code is given. When it is dead, nothing of it runs again: its timers,
 * turns and the answers it waits for are dropped, so whatever awaited them stays where it was for ever. While it stands
 * still, they are kept, and come one after the other when it wakes.
 */
export class Incarnation implements Runtime {
  /** The process. */
  readonly name: string
  readonly #world: HuntClock
  readonly #bornAt: number
  readonly #onReport: (error: unknown) => void
  readonly #rate: number
  #aheadMs: number
  #alive = true
  /** What came while it stood still; `undefined` when it does not. */
  #backlog: (() => void)[] | undefined
  readonly #onDeath = new Set<() => void>()

  constructor(name: string, world: HuntClock, onReport: (error: unknown) => void, clock: ClockError = RIGHT) {
    this.name = name
    this.#world = world
    this.#bornAt = world.now()
    this.#onReport = onReport
    this.#rate = clock.rate
    this.#aheadMs = clock.aheadMs
  }

  get isAlive(): boolean {
    return this.#alive
  }

  get isPaused(): boolean {
    return this.#backlog !== undefined
  }

  /** Monotonic since its birth, by its own clock. */
  now(): number {
    return (this.#world.now() - this.#bornAt) * this.#rate
  }

  wallTime(): number {
    return this.#world.wallTime() + this.#aheadMs
  }

  timer(delayMs: number, fire: () => void, hold: boolean): Timer {
    return this.#world.timer(delayMs / this.#rate, () => this.deliver(fire), hold)
  }

  turn(fire: () => void): void {
    this.#world.turn(() => this.deliver(fire))
  }

  random(stream: string, call?: number, path?: number): number {
    return this.#world.random(stream, call, path)
  }

  id(): string {
    return this.#world.id()
  }

  report(error: unknown): void {
    if (this.#alive) this.#onReport(error)
  }

  /** Runs what comes from outside: at once, when it wakes, or never. */
  deliver(run: () => void): void {
    if (!this.#alive) return
    if (this.#backlog) this.#backlog.push(run)
    else run()
  }

  /** Waits for an answer from outside: it comes when this process can take it, and never when it is dead. */
  answer<T>(ask: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.deliver(() =>
        ask(
          (value) => this.deliver(() => resolve(value)),
          (error) => this.deliver(() => reject(error)),
        ),
      )
    })
  }

  die(): void {
    this.#alive = false
    this.#backlog = undefined
    for (const told of this.#onDeath) told()
    this.#onDeath.clear()
  }

  /** Calls `told` at its death, unless what this returns was called before. */
  onDeath(told: () => void): () => void {
    this.#onDeath.add(told)
    return () => this.#onDeath.delete(told)
  }

  pause(): void {
    this.#backlog ??= []
  }

  /** What came meanwhile runs now, each with all it sets off before the next. */
  resume(): void {
    const backlog = this.#backlog ?? []
    this.#backlog = undefined
    const now = this.#world.now()
    for (const run of backlog) this.#world.schedule(now, () => this.deliver(run))
  }

  stepWallTime(ms: number): void {
    this.#aheadMs += ms
  }
}
