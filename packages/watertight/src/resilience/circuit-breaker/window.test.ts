import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CountWindow } from './count-window.ts'
import { TimeWindow } from './time-window.ts'

const outcome = fc.record({ failed: fc.boolean(), slow: fc.boolean(), after: fc.integer({ min: 0, max: 400 }) })
const history = fc.array(outcome, { maxLength: 300 })

const totalsOf = (kept: readonly { failed: boolean; slow: boolean }[]) => ({
  calls: kept.length,
  failures: kept.filter(({ failed }) => failed).length,
  slow: kept.filter(({ slow }) => slow).length,
})

describe('a count window', () => {
  it('agrees with simply keeping the last n outcomes', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 50 }), (outcomes, size) => {
        const window = new CountWindow(size)
        for (const { failed, slow } of outcomes) window.record(failed, slow)
        expect(window.totals()).toEqual(totalsOf(outcomes.slice(-size)))
      }),
    )
  })

  it('is empty when cleared', () => {
    const window = new CountWindow(2)
    window.record(true, true)
    window.clear()
    expect(window.totals()).toEqual({ calls: 0, failures: 0, slow: 0 })
  })

  it.each([0, -1, 1.5, Number.NaN, Infinity])('refuses a size of %s and says what would be right', (size) => {
    expect(() => new CountWindow(size)).toThrow(/window must be a positive whole number/)
  })
})

describe('a time window', () => {
  it('agrees with keeping all outcomes and looking at the buckets that are young enough', () => {
    fc.assert(
      fc.property(
        history,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 10, max: 2_000 }),
        (outcomes, buckets, span) => {
          const window = new TimeWindow(span, buckets)
          const width = span / buckets
          const all: { at: number; failed: boolean; slow: boolean }[] = []
          let now = 0
          for (const { failed, slow, after } of outcomes) {
            now += after
            window.record(failed, slow, now)
            all.push({ at: now, failed, slow })
            const newest = Math.floor(now / width)
            const kept = all.filter(({ at }) => newest - Math.floor(at / width) < buckets)
            expect(window.totals(now)).toEqual(totalsOf(kept))
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('never counts what is older than its span, and keeps all that is younger than its span less one bucket', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 3_000 }), (start, age) => {
        const window = new TimeWindow(1_000, 10)
        window.record(true, false, start)
        const { calls } = window.totals(start + age)
        if (age > 1_000) expect(calls).toBe(0)
        if (age < 900) expect(calls).toBe(1)
      }),
    )
  })

  it('is empty after an idle hour: buckets advance by time, not one for each outcome', () => {
    const window = new TimeWindow(10_000)
    for (let i = 0; i < 50; i++) window.record(true, false, i)
    expect(window.totals(3_600_000)).toEqual({ calls: 0, failures: 0, slow: 0 })
  })
})
