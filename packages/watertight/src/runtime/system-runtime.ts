import { contextCarrier } from './async-context.ts'
import { makeIds } from './id.ts'
import { makeRandomWords } from './random-words.ts'
import { report } from './report.ts'
import type { Runtime } from './runtime.ts'
import { SystemAlarm } from './system-alarm.ts'
import { TimerWheel } from './timer-wheel.ts'
import { TurnQueue } from './turn-queue.ts'

/** The global is looked up by a getter on each use: kept, it is read in nine tenths of the time. */
const clock: { now(): number } = performance
const alarm = new SystemAlarm()
const turns = new TurnQueue((run) => alarm.soon(run), report)
const wheel = new TimerWheel(alarm, report, turns.run)

/**
 * The runtime of production: the platform's clock, random numbers and ids, and all timers of the process in one
 * {@link TimerWheel} over a single native timer. It is what everything runs on that is given no other runtime.
 *
 * It uses only what Node, browsers and edge platforms have in common, and imports nothing of Node's. Where the platform has
 * `AsyncLocalStorage` it finds it by itself, and then has a `context`; `watertight/node` adds what only makes sense there.
 * Timers and turns fire outside of every call's ambient context.
 */
export const systemRuntime: Runtime = {
  now: () => clock.now(),
  wallTime: () => Date.now(),
  timer: (delayMs, fire, hold) => wheel.timer(delayMs, fire, hold),
  turn: (fire) => turns.add(fire),
  random: () => Math.random(),
  id: makeIds(() => Date.now(), makeRandomWords()),
  report,
  ...(contextCarrier === undefined ? {} : { context: contextCarrier }),
}
