import assert from 'node:assert/strict'
import { isWatertightError } from '../runtime/error.ts'
import type { Runtime, Timer } from '../runtime/runtime.ts'
import type { TestApi } from './test-api.ts'

const DAY = 24 * 60 * 60 * 1_000

/** The timers under test, and the means to let their time pass. */
export interface TimerHarness {
  readonly runtime: Pick<Runtime, 'now' | 'timer'>
  /** Lets `ms` milliseconds pass, fractions included. */
  readonly advance: (ms: number) => Promise<void> | void
  /** Number of timers that are armed. */
  readonly pending: () => number
  /** What was handed to `Runtime.report`. */
  readonly reported: () => readonly unknown[]
}

/**
 * What every {@link Runtime.timer} must do, on virtual time and over a native clock alike.
 *
 * @param makeHarness makes fresh timers for each test, at a whole millisecond
 * @example
 * import { describe, it } from 'vitest'
 * timerContract('my runtime', () => harnessOf(new MyRuntime()), { describe, it })
 */
export function timerContract(name: string, makeHarness: () => TimerHarness, { describe, it }: TestApi): void {
  const timers = (): LoggedTimers => withLog(makeHarness())

  describe(`${name} keeps the contract of timers`, () => {
    it('fires once, when the delay has passed', async () => {
      const { arm, log, advance, pending } = timers()
      arm('timer', 100)
      await advance(99)
      assert.deepEqual(log, [])
      await advance(1)
      assert.deepEqual(log, ['timer'])
      assert.equal(pending(), 0)
      await advance(1_000)
      assert.deepEqual(log, ['timer'])
    })

    it('never fires early, wherever between two ticks it was armed', async () => {
      const { runtime, advance } = timers()
      const waits: { due: number; fired: number }[] = []
      for (let i = 0; i < 50; i++) {
        const due = runtime.now() + i * 0.7
        runtime.timer(i * 0.7, () => waits.push({ due, fired: runtime.now() }), true)
        await advance(0.3)
      }
      await advance(100)
      assert.equal(waits.length, 50)
      for (const { due, fired } of waits) {
        assert.ok(fired >= due, `due at ${due}, but fired at ${fired}`)
        assert.ok(fired < due + 2, `due at ${due}, but fired only at ${fired}`)
      }
    })

    it('fires in the order of their ticks, and within a tick in the order of arming', async () => {
      const { arm, log, advance } = timers()
      arm('c', 40)
      arm('a', 10)
      arm('d', 40)
      arm('b', 39.5)
      arm('e', 41)
      await advance(50)
      assert.deepEqual(log, ['a', 'c', 'd', 'b', 'e'])
    })

    it('keeps the order of arming between a timer that waited long and one that waited briefly for the same tick', async () => {
      const { arm, log, advance } = timers()
      arm('armed 5000 before', 5_000)
      await advance(3_000)
      arm('armed 2000 before', 2_000)
      await advance(1_970)
      arm('armed 30 before', 30)
      await advance(29)
      arm('armed 1 before', 1)
      await advance(1)
      assert.deepEqual(log, ['armed 5000 before', 'armed 2000 before', 'armed 30 before', 'armed 1 before'])
    })

    for (const delayMs of [0, -1, -Infinity]) {
      it(`fires on the next tick, not inside the call, for a delay of ${delayMs}`, async () => {
        const { arm, log, advance } = timers()
        arm('timer', delayMs)
        assert.deepEqual(log, [])
        await advance(1)
        assert.deepEqual(log, ['timer'])
      })
    }

    it('lets time pass between timers that arm each other at 0', async () => {
      const { runtime, advance } = timers()
      const firedAt: number[] = []
      const start = runtime.now()
      const again = (): void => {
        firedAt.push(runtime.now() - start)
        runtime.timer(0, again, true)
      }
      again()
      await advance(3)
      assert.deepEqual(firedAt, [0, 1, 2, 3])
    })

    it('refuses a delay of NaN', () => {
      const { runtime, pending } = timers()
      assert.throws(
        () => runtime.timer(Number.NaN, () => {}, true),
        (error) => isWatertightError(error, 'INVALID_OPTION') && error.message.includes('delayMs'),
      )
      assert.equal(pending(), 0)
    })

    it('waits for delays over 2^31 - 1 ms, in order', async () => {
      const { arm, log, advance } = timers()
      arm('60 days', 60 * DAY)
      arm('25 days', 25 * DAY)
      arm('25 days, armed later', 25 * DAY)
      arm('13 days', 13 * DAY)
      await advance(13 * DAY - 1)
      assert.deepEqual(log, [])
      await advance(12 * DAY)
      assert.deepEqual(log, ['13 days'])
      arm('1 ms before the 60', 35 * DAY)
      arm('60 days, armed later', 35 * DAY + 1)
      await advance(1)
      assert.deepEqual(log, ['13 days', '25 days', '25 days, armed later'])
      await advance(35 * DAY)
      assert.deepEqual(log.slice(3), ['1 ms before the 60', '60 days', '60 days, armed later'])
    })

    it('never fires, but can be cancelled, with a delay of Infinity', async () => {
      const { arm, log, advance, pending } = timers()
      const timer = arm('never', Infinity)
      arm('other', 100 * DAY)
      await advance(200 * DAY)
      assert.deepEqual(log, ['other'])
      assert.equal(pending(), 1)
      timer.cancel()
      assert.equal(pending(), 0)
    })

    it('forgets a cancelled timer at once', async () => {
      const { arm, log, advance, pending } = timers()
      const armed = Array.from({ length: 1_000 }, (_, i) => arm('cancelled', i * i))
      assert.equal(pending(), 1_000)
      for (const timer of armed) timer.cancel()
      assert.equal(pending(), 0)
      await advance(1_000_000)
      assert.deepEqual(log, [])
    })

    it('ignores a second cancellation, and one after firing', async () => {
      const { arm, log, advance, pending } = timers()
      const cancelled = arm('cancelled', 10)
      const fired = arm('fired', 10)
      cancelled.cancel()
      cancelled.cancel()
      assert.equal(pending(), 1)
      await advance(10)
      arm('other', 10)
      fired.cancel()
      cancelled.cancel()
      assert.equal(pending(), 1)
      await advance(10)
      assert.deepEqual(log, ['fired', 'other'])
    })

    it('takes cancelling and arming from inside a firing timer', async () => {
      const { runtime, arm, log, advance, pending } = timers()
      const self = runtime.timer(
        10,
        () => {
          log.push('first')
          self.cancel()
          sameTick.cancel()
          laterTick.cancel()
          arm('armed inside', 5)
        },
        true,
      )
      const sameTick = arm('same tick', 10)
      arm('same tick, kept', 10)
      const laterTick = arm('later tick', 12)
      await advance(14)
      assert.deepEqual(log, ['first', 'same tick, kept'])
      assert.equal(pending(), 1)
      await advance(1)
      assert.deepEqual(log, ['first', 'same tick, kept', 'armed inside'])
    })

    it('reports what a timer throws, and fires the rest', async () => {
      const { runtime, arm, log, advance, reported } = timers()
      const failure = new Error('a broken callback')
      arm('before', 10)
      runtime.timer(
        10,
        () => {
          throw failure
        },
        true,
      )
      arm('same tick', 10)
      arm('later', 20)
      await advance(20)
      assert.deepEqual(log, ['before', 'same tick', 'later'])
      assert.deepEqual(reported(), [failure])
    })

    it('fires held and unheld timers alike', async () => {
      const { runtime, log, advance } = timers()
      runtime.timer(5, () => log.push('unheld'), false)
      runtime.timer(5, () => log.push('held'), true)
      await advance(5)
      assert.deepEqual(log, ['unheld', 'held'])
    })
  })
}

interface LoggedTimers extends TimerHarness {
  /** Labels of the timers that have fired. */
  readonly log: string[]
  readonly arm: (label: string, delayMs: number) => Timer
}

function withLog(harness: TimerHarness): LoggedTimers {
  const log: string[] = []
  return { ...harness, log, arm: (label, delayMs) => harness.runtime.timer(delayMs, () => log.push(label), true) }
}
