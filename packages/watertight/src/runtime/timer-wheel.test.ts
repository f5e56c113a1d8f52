import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeAlarm } from './fake-alarm.fixture.ts'
import { timerContract, type TimerHarness } from '../testing/timer-contract.ts'
import { SortedTimers } from './sorted-timers.fixture.ts'
import type { Timer } from './runtime.ts'
import { TimerWheel } from './timer-wheel.ts'

const setUp = (time?: number): { alarm: FakeAlarm; wheel: TimerWheel; reported: unknown[] } => {
  const alarm = new FakeAlarm(time)
  const reported: unknown[] = []
  return { alarm, wheel: new TimerWheel(alarm, (error) => reported.push(error)), reported }
}

const harness = (error: number, time: number) => (): TimerHarness => {
  const { alarm, wheel, reported } = setUp(time)
  alarm.error = error
  return {
    runtime: { now: () => alarm.now(), timer: (delayMs, fire, hold) => wheel.timer(delayMs, fire, hold) },
    advance: (ms) => alarm.advance(ms),
    pending: () => wheel.size,
    reported: () => reported,
  }
}

timerContract('TimerWheel', harness(0, 0), { describe, it })
timerContract('TimerWheel over a native timer that is early', harness(-0.5, 0), { describe, it })
timerContract('TimerWheel of a process that has run for a year', harness(0, 365 * 24 * 3_600_000), { describe, it })

interface Step {
  readonly do: 'arm' | 'cancel' | 'advance' | 'stall'
  readonly ms: number
  readonly which: number
}

const ignore = (): void => {}

describe('TimerWheel', () => {
  it('fires everything overdue, in order, after the event loop has hung', () => {
    const { alarm, wheel } = setUp()
    const log: string[] = []
    for (const delay of [70_000, 3, 2_000, 40, 2_000, 1]) {
      wheel.timer(delay, () => log.push(`${delay}`), true)
    }
    alarm.stall(100_000)
    expect(log).toEqual(['1', '3', '40', '2000', '2000', '70000'])
  })

  it('keeps the order of ticks when a late callback arms timers', () => {
    const { alarm, wheel } = setUp()
    const log: string[] = []
    wheel.timer(
      10,
      () => {
        log.push('10')
        wheel.timer(0, () => log.push('armed late'), true)
      },
      true,
    )
    wheel.timer(500, () => log.push('500'), true)
    alarm.stall(1_000)
    expect(log).toEqual(['10', '500'])
    alarm.advance(1)
    expect(log).toEqual(['10', '500', 'armed late'])
  })

  it('sets the native timer once for a thousand calls with a timeout each', () => {
    const { alarm, wheel } = setUp()
    for (let call = 0; call < 1_000; call++) {
      wheel.timer(5_000, ignore, true).cancel()
      alarm.stall(1)
    }
    expect(alarm.calls.set).toBe(1)
    expect(alarm.calls.hold).toBe(1)
  })

  it('sets the native timer anew for a timer that is due before it', () => {
    const { alarm, wheel } = setUp()
    wheel.timer(5_000, ignore, true)
    expect(alarm.setFor).toBe(5_000)
    wheel.timer(100, ignore, true)
    expect(alarm.setFor).toBe(100)
    wheel.timer(200, ignore, true)
    expect(alarm.calls.set).toBe(2)
  })

  it('sleeps when a wake-up finds no timers left', () => {
    const { alarm, wheel } = setUp()
    wheel.timer(100, ignore, true).cancel()
    alarm.advance(100)
    expect(alarm.setFor).toBeUndefined()
    const log: string[] = []
    wheel.timer(100, () => log.push('fired'), true)
    alarm.advance(100)
    expect(log).toEqual(['fired'])
  })

  it('wakes up a few times for a timer, not at each tick', () => {
    const { alarm, wheel } = setUp()
    wheel.timer(10 * 24 * 3_600_000, ignore, false)
    wheel.timer(7_654_321, ignore, false)
    alarm.advance(11 * 24 * 3_600_000)
    expect(wheel.size).toBe(0)
    expect(alarm.calls.set).toBeLessThan(20)
  })

  it('asks the native timer for no more than it can take', () => {
    const { alarm, wheel } = setUp()
    wheel.timer(2 ** 31, ignore, true)
    expect(alarm.setFor).toBe(2 ** 31 - 1)
  })

  it('keeps the process alive while a held timer is armed, and no longer', () => {
    const { alarm, wheel } = setUp()
    wheel.timer(1_000, ignore, false)
    expect(alarm.alive).toBe(false)
    const held = wheel.timer(2_000, ignore, true)
    expect(alarm.alive).toBe(true)
    held.cancel()
    alarm.endTurn()
    expect(alarm.alive).toBe(false)
    wheel.timer(500, ignore, true)
    expect(alarm.alive).toBe(true)
    alarm.advance(500)
    expect(alarm.alive).toBe(false)
    expect(wheel.size).toBe(1)
  })

  it('keeps the process alive for a held timer that never fires', () => {
    const { alarm, wheel } = setUp()
    wheel.timer(Infinity, ignore, true)
    expect(alarm.alive).toBe(true)
    alarm.advance(2 ** 31 + 1)
    expect(alarm.alive).toBe(true)
  })

  it('stays alive when a held timer is armed in the turn in which the last one went', () => {
    const { alarm, wheel } = setUp()
    wheel.timer(1_000, ignore, true).cancel()
    wheel.timer(1_000, ignore, true)
    alarm.endTurn()
    expect(alarm.alive).toBe(true)
    expect(alarm.calls.hold).toBe(1)
  })

  it('keeps holding from one firing timer to the next that it arms', () => {
    const { alarm, wheel } = setUp()
    const again = (): void => void wheel.timer(10, again, true)
    again()
    alarm.advance(1_000)
    expect(alarm.alive).toBe(true)
    expect(alarm.calls).toMatchObject({ hold: 1, soon: 0 })
  })

  it('does not lose timers when the clock is set back under it', () => {
    const { alarm, wheel } = setUp(1_000)
    const log: string[] = []
    wheel.timer(100, () => log.push('armed before'), true)
    alarm.advance(50)
    wheel.timer(1, () => log.push('first'), true)
    alarm.advance(1)
    alarm.jump(0)
    wheel.timer(10, () => log.push('armed after'), true)
    alarm.advance(2_000)
    expect(log).toEqual(['first', 'armed after', 'armed before'])
    expect(wheel.size).toBe(0)
  })

  it('runs what comes before timers at each wake-up', () => {
    const alarm = new FakeAlarm()
    const log: string[] = []
    const wheel = new TimerWheel(alarm, ignore, () => log.push('before'))
    wheel.timer(5, () => log.push('timer'), true)
    alarm.advance(5)
    expect(log).toEqual(['before', 'timer'])
  })

  it('agrees with a sorted list, whatever is armed and cancelled while time passes and stalls', () => {
    const delay = fc.oneof(
      fc.integer({ min: -1, max: 40 }),
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 0, max: 2 ** 32 }),
      fc.double({ min: 0, max: 100, noNaN: true }),
    )
    const step = fc.record<Step>({
      do: fc.constantFrom<Step['do'][]>('arm', 'arm', 'arm', 'cancel', 'advance', 'stall'),
      ms: delay,
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(-0.5, 0, 0.3, 1), (steps, error) => {
        const { alarm, wheel } = setUp()
        alarm.error = error
        const model = new SortedTimers()
        const fired: number[] = []
        const expected: number[] = []
        const armed: { real: Timer; modelled: Timer }[] = []
        const act: Record<Step['do'], (step: Step) => void> = {
          arm: ({ ms }) => {
            const label = armed.length
            armed.push({
              real: wheel.timer(ms, () => fired.push(label), true),
              modelled: model.arm(alarm.now(), ms, () => expected.push(label)),
            })
          },
          cancel: ({ which }) => {
            const timer = armed[which % Math.max(1, armed.length)]
            timer?.real.cancel()
            timer?.modelled.cancel()
          },
          advance: ({ ms }) => alarm.advance(Math.max(0, ms)),
          stall: ({ ms }) => alarm.stall(Math.max(0, ms)),
        }

        for (const one of steps) {
          act[one.do](one)
          alarm.goOff()
          for (let due = model.takeNext(alarm.now()); due !== undefined; due = model.takeNext(alarm.now())) due.fire()
          expect(fired).toEqual(expected)
          expect(wheel.size).toBe(model.size)
        }
      }),
      { numRuns: 300 },
    )
  })
})
