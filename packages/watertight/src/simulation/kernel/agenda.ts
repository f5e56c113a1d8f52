import { dueTick } from '../../runtime/due-tick.ts'
import { WatertightError } from '../../runtime/error.ts'
import { invalidOption } from '../../runtime/option.ts'
import type { Timer } from '../../runtime/runtime.ts'
import { EventHeap, type EventKind } from './event-heap.ts'
import type { Trace } from './trace.ts'

/** Events that touch no promise and fire without pause: after so many the real world has its turn. */
const LONGEST_BURST = 100

/** So many events of one instant are taken for code that goes round in circles. */
const MOST_OF_ONE_INSTANT = 2_000_000

const QUIET: EventKind = 0
const EVENT: EventKind = 1
/** From here on: timers, which belong to the code under test. */
const UNHELD: EventKind = 2
const HELD: EventKind = 3

class ArmedTimer implements Timer {
  readonly #agenda: Agenda
  readonly #slot: number
  readonly #stamp: number

  constructor(agenda: Agenda, slot: number, stamp: number) {
    this.#agenda = agenda
    this.#slot = slot
    this.#stamp = stamp
  }

  cancel(): void {
    this.#agenda.cancel(this.#slot, this.#stamp)
  }
}

/** What is to happen in a simulated world, and the time that passes as it does. */
export class Agenda {
  now = 0
  /** Number of timers that are armed, and of those among them that would keep a process alive. */
  timers = 0
  held = 0
  /** Number of events, timers and turns that have fired. */
  fired = 0
  readonly #heap = new EventHeap()
  readonly #trace: Trace
  readonly #rank: (() => number) | undefined
  readonly #report: (error: unknown) => void
  readonly #fail: (error: unknown) => void
  #turns: (() => void)[] = []
  /** Counts up with each event: the order of arming, and what tells events apart. */
  #armed = 0
  /** Events that have fired at the present instant. */
  #still = 0
  /** Whether something may go on that awaits: promises have to be drained before the next event. */
  #awake = false

  /**
   * @param rank draws the order of events of the same instant; undefined: the order of arming
   * @param report takes what timers and turns throw
   * @param fail takes what events of models throw
   */
  constructor(
    trace: Trace,
    rank: (() => number) | undefined,
    report: (error: unknown) => void,
    fail: (error: unknown) => void,
  ) {
    this.#trace = trace
    this.#rank = rank
    this.#report = report
    this.#fail = fail
  }

  /** Whether nothing is left that could fire. */
  get empty(): boolean {
    return this.#heap.size === 0
  }

  get hasTurns(): boolean {
    return this.#turns.length > 0
  }

  timer(delayMs: number, fire: () => void, hold: boolean): Timer {
    const slot = this.#arm(dueTick(this.now, delayMs), hold ? HELD : UNHELD, fire)
    this.timers++
    if (hold) this.held++
    return new ArmedTimer(this, slot, this.#armed)
  }

  /** Removes a timer, unless it has fired or gone already. */
  cancel(slot: number, stamp: number): void {
    const kind = this.#heap.remove(slot, stamp)
    if (kind !== undefined) this.#timerGone(kind)
  }

  event(atMs: number, fire: () => void): void {
    this.#arm(this.#notPast(atMs), EVENT, fire)
  }

  quietEvent(atMs: number, fire: () => void): void {
    this.#arm(this.#notPast(atMs), QUIET, fire)
  }

  turn(fire: () => void): void {
    this.#awake = true
    this.#turns.push(fire)
  }

  wake(): void {
    this.#awake = true
  }

  /**
   * Fires what comes next until then, and with it all that follow without a promise to drain in between. False: nothing is due.
   */
  step(until: number): boolean {
    this.#awake = false
    if (this.fireTurns()) return true
    for (let burst = 0; burst < LONGEST_BURST && !this.#awake; burst++) {
      if (this.#heap.firstTime > until) return false
      this.#fireFirst()
    }
    return true
  }

  /** All turns that wait, in one go: what they ask for comes in another one. False: none waits. */
  fireTurns(): boolean {
    const turns = this.#turns
    if (turns.length === 0) return false
    this.#turns = []
    for (const fire of turns) {
      this.#count(++this.#armed)
      try {
        fire()
      } catch (error) {
        this.#report(error)
      }
    }
    return true
  }

  #fireFirst(): void {
    const heap = this.#heap
    const kind = heap.firstKind
    const time = heap.firstTime
    if (time > this.now) this.#still = 0
    this.now = time
    this.#count(heap.firstStamp)
    const fire = heap.takeFirst()
    if (kind >= UNHELD) this.#timerGone(kind)
    this.#awake = kind !== QUIET
    try {
      fire()
    } catch (error) {
      if (kind >= UNHELD) this.#report(error)
      else this.#fail(error)
    }
  }

  #count(stamp: number): void {
    this.fired++
    this.#trace.event(this.now, stamp)
    if (++this.#still === MOST_OF_ONE_INSTANT) this.#fail(standsStill(this.now))
  }

  #arm(atMs: number, kind: EventKind, fire: () => void): number {
    const stamp = ++this.#armed
    return this.#heap.add(atMs, this.#rank === undefined ? stamp : this.#rank(), stamp, kind, fire)
  }

  #timerGone(kind: EventKind): void {
    this.timers--
    if (kind === HELD) this.held--
  }

  #notPast(atMs: number): number {
    if (!(atMs >= this.now)) throw invalidOption('atMs', atMs, `an instant that is not before now (${this.now})`)
    return atMs
  }
}

function standsStill(now: number): WatertightError {
  return new WatertightError(
    'STUCK',
    `${MOST_OF_ONE_INSTANT} events have fired at ${now} ms of virtual time, and time does not pass: something goes round in circles`,
  )
}
