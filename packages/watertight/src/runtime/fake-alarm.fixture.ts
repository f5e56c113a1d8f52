import type { Alarm } from './alarm.ts'

interface SetAlarm {
  readonly at: number
  readonly wake: () => void
}

/** The native clock and timer under a timer wheel, by hand: time moves when told to, and the timer is as bad as it is told to be. */
export class FakeAlarm implements Alarm {
  /** How far off the alarm goes off: negative is early, as native timers are by up to a millisecond. Default: 0. */
  error = 0
  /** Native calls that were made. */
  readonly calls = { set: 0, hold: 0, soon: 0 }
  #time: number
  #alarm: SetAlarm | undefined
  #held = false
  #soon: (() => void)[] = []

  constructor(time = 0) {
    this.#time = time
  }

  /** Whether the process would stay alive. */
  get alive(): boolean {
    return (this.#held && this.#alarm !== undefined) || this.#soon.length !== 0
  }

  /** When the alarm goes off; undefined when it is not set. */
  get setFor(): number | undefined {
    return this.#alarm?.at
  }

  now(): number {
    return this.#time
  }

  set(delayMs: number, wake: () => void): void {
    this.calls.set++
    this.#alarm = { at: this.#time + delayMs + this.error, wake }
  }

  hold(held: boolean): void {
    this.calls.hold++
    this.#held = held
  }

  soon(run: () => void): void {
    this.calls.soon++
    this.#soon.push(run)
  }

  /** The end of a turn of the event loop. */
  endTurn(): void {
    for (const run of this.#soon.splice(0)) run()
  }

  /** Lets time pass, the alarm going off whenever it should. */
  advance(ms: number): void {
    const until = this.#time + ms
    this.endTurn()
    while (this.#alarm !== undefined && this.#alarm.at <= until) {
      this.#time = Math.max(this.#time, this.#alarm.at)
      this.goOff()
    }
    this.#time = until
  }

  /** Lets time pass while the event loop hangs; the alarm goes off once, afterwards, if it should have meanwhile. */
  stall(ms: number): void {
    this.#time += ms
    if (this.#alarm !== undefined && this.#alarm.at <= this.#time) this.goOff()
  }

  /** Sets the clock, which no real one does: for what happens under fake timers of a test. */
  jump(time: number): void {
    this.#time = time
  }

  /** The alarm goes off now, if it is set, whether or not its time has come. */
  goOff(): void {
    const wake = this.#alarm?.wake
    this.#alarm = undefined
    wake?.()
    this.endTurn()
  }
}
