import type { Alarm } from './alarm.ts'
import { dueTick } from './due-tick.ts'
import type { Timer } from './runtime.ts'
import { TickSlots, WheelTimer } from './tick-slots.ts'

/** The longest delay a native timer takes, in milliseconds: with a longer one it fires at once. */
const LONGEST_ALARM = 2 ** 31 - 1

/**
 * All timers of a process over one native timer ({@link Alarm}). Arming and cancelling take constant time, tens of
 * nanoseconds, and no native call as a rule: the alarm is only set anew for a timer that is due before it, an alarm that
 * finds nothing due is set for what comes next, and whether it keeps the process alive is reconsidered once per turn of the
 * event loop, not per timer.
 *
 * Timers fire on ticks of one millisecond: never early, and in the order of (due tick, arming). After a stall everything
 * overdue fires in that order. Timers that fire in one wake-up do so back to back; promise continuations run after the last.
 */
export class TimerWheel {
  readonly #alarm: Alarm
  readonly #report: (error: unknown) => void
  readonly #beforeFiring: () => void
  readonly #slots = new TickSlots()
  readonly #wake = (): void => this.#onAlarm()
  readonly #reconsider = (): void => this.#reconsiderHold()
  readonly #cancel = (timer: WheelTimer): void => this.#onCancel(timer)
  /** The tick the alarm is set for; Infinity when it is not set. */
  #alarmTick = Infinity
  #firing = false
  /** Timers that keep the process alive. */
  #held = 0
  #holding = false
  #reconsidering = false

  /**
   * @param report takes what a timer's callback throws
   * @param beforeFiring runs on each wake-up, before any timer fires
   */
  constructor(alarm: Alarm, report: (error: unknown) => void, beforeFiring: () => void = () => {}) {
    this.#alarm = alarm
    this.#report = report
    this.#beforeFiring = beforeFiring
  }

  /** Number of timers that are armed. */
  get size(): number {
    return this.#slots.size
  }

  /** {@link Runtime.timer}. */
  timer(delayMs: number, fire: () => void, hold: boolean): Timer {
    // Never before the wheel's own position: on a clock that was set back, by fake timers say, the wheel stands still.
    const now = Math.max(this.#alarm.now(), this.#slots.tick)
    const due = dueTick(now, delayMs)
    if (this.#slots.size === 0 && !this.#firing) this.#slots.moveTo(Math.floor(now))

    const timer = new WheelTimer(due, fire, hold, this.#cancel)
    this.#slots.add(timer)
    if (hold && ++this.#held === 1) this.#startHolding()
    if ((due < this.#alarmTick || this.#alarmTick === Infinity) && !this.#firing) this.#setAlarm(due, now)
    return timer
  }

  #onCancel(timer: WheelTimer): void {
    this.#slots.remove(timer)
    this.#letGo(timer)
  }

  #onAlarm(): void {
    this.#beforeFiring()
    this.#alarmTick = Infinity
    this.#firing = true
    // One look at the clock: a callback that arms timers at 0 for ever must not keep the event loop to itself.
    const until = Math.floor(this.#alarm.now())
    for (let timer = this.#slots.takeNext(until); timer !== undefined; timer = this.#slots.takeNext(until)) {
      this.#letGo(timer)
      try {
        timer.takeFire()?.()
      } catch (error) {
        this.#report(error)
      }
    }
    this.#firing = false
    this.#reconsiderHold()
    if (this.#slots.size !== 0) this.#setAlarm(this.#slots.nextTick(), this.#alarm.now())
  }

  #setAlarm(tick: number, now: number): void {
    // A finite tick also for a timer that is due at Infinity: it may have to keep the process alive.
    this.#alarmTick = Math.min(tick, now + LONGEST_ALARM)
    this.#alarm.set(Math.max(1, Math.ceil(this.#alarmTick - now)), this.#wake)
  }

  #startHolding(): void {
    if (this.#holding) return
    this.#holding = true
    this.#alarm.hold(true)
  }

  #letGo(timer: WheelTimer): void {
    if (!timer.hold || --this.#held !== 0 || this.#firing || this.#reconsidering) return
    this.#reconsidering = true
    this.#alarm.soon(this.#reconsider)
  }

  #reconsiderHold(): void {
    this.#reconsidering = false
    if (!this.#holding || this.#held !== 0) return
    this.#holding = false
    this.#alarm.hold(false)
  }
}
