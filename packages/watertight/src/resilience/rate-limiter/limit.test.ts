import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Limit, takeFrom, waitUntil } from './limit.ts'
import { type LimitRate, makeLimit } from './make-limit.ts'

interface Arrival {
  readonly at: number
  readonly cost: number
}

const algorithms = [
  'token-bucket',
  'gcra',
  'fixed-window',
  'refresh-period',
  'sliding-log',
  'sliding-counter',
] as const satisfies readonly LimitRate['algorithm'][]

/** Times per permit that binary fractions hold exactly, so that laws can be checked without a tolerance. */
const rates = fc
  .record({
    limit: fc.constantFrom(1, 2, 4, 8),
    msPerPermit: fc.constantFrom(0.25, 1, 4, 64),
    burst: fc.integer({ min: 1, max: 12 }),
    slices: fc.constantFrom(1, 2, 4, 8),
  })
  .map(({ msPerPermit, ...rest }) => ({ ...rest, perMs: msPerPermit * rest.limit }))

const arrivals = fc
  .array(fc.record({ gap: fc.constantFrom(0, 0, 0.25, 1, 3, 17, 250), cost: fc.integer({ min: 0, max: 4 }) }), {
    maxLength: 120,
  })
  .map((steps) => {
    let at = 0
    return steps.map(({ gap, cost }): Arrival => ({ at: (at += gap), cost }))
  })

/** What of the arrivals a limit lets through. */
const admittedBy = (limit: Limit, all: readonly Arrival[]): Arrival[] =>
  all.filter(({ at, cost }) => takeFrom(limit, cost, at).admitted)

/** The largest cost in any span that begins with an arrival: of `spanMs`, its end not included. */
const busiest = (log: readonly Arrival[], spanMs: number): number =>
  Math.max(0, ...log.map(({ at: from }) => sum(log.filter(({ at }) => at >= from && at < from + spanMs))))

const sum = (log: readonly Arrival[]): number => log.reduce((total, { cost }) => total + cost, 0)

describe('a token bucket and GCRA', () => {
  it('never let through more than the burst and what the time has earned, in any span', () => {
    fc.assert(
      fc.property(rates, arrivals, fc.constantFrom('token-bucket', 'gcra'), (rate, all, algorithm) => {
        const log = admittedBy(makeLimit({ ...rate, algorithm }), all)
        log.forEach(({ at: from }, first) => {
          let cost = 0
          for (const one of log.slice(first)) {
            cost += one.cost
            expect(cost).toBeLessThanOrEqual(rate.burst + ((one.at - from) * rate.limit) / rate.perMs)
          }
        })
      }),
    )
  })

  it('decide alike, ask for the same wait, and have taken the same', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, all) => {
        const bucket = makeLimit({ ...rate, algorithm: 'token-bucket' })
        const gcra = makeLimit({ ...rate, algorithm: 'gcra' })
        for (const { at, cost } of all) {
          expect(takeFrom(gcra, cost, at)).toEqual(takeFrom(bucket, cost, at))
          expect(gcra.used(at)).toBe(bucket.used(at))
        }
      }),
    )
  })
})

describe('a fixed window', () => {
  it('agrees with counting what came since its first call', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, all) => {
        let end = Number.NEGATIVE_INFINITY
        let taken = 0
        const expected = all.filter(({ at, cost }) => {
          const begun = at >= end ? 0 : taken
          if (begun + cost > rate.limit) return false
          if (at >= end) end = at + rate.perMs
          taken = begun + cost
          return true
        })
        const log = admittedBy(makeLimit({ ...rate, algorithm: 'fixed-window' }), all)
        expect(log).toEqual(expected)
        expect(busiest(log, rate.perMs)).toBeLessThanOrEqual(2 * rate.limit)
      }),
    )
  })
})

describe('a refresh period', () => {
  it('agrees with counting by periods of the clock', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, all) => {
        const periods = new Map<number, number>()
        const expected = all.filter(({ at, cost }) => {
          const period = Math.floor(at / rate.perMs)
          const taken = (periods.get(period) ?? 0) + cost
          if (taken <= rate.limit) periods.set(period, taken)
          return taken <= rate.limit
        })
        expect(admittedBy(makeLimit({ ...rate, algorithm: 'refresh-period' }), all)).toEqual(expected)
      }),
    )
  })

  it('does not end a period in the moment in which it begins, however the quotient is rounded', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 1e9 }), (perMs, n) => {
        const limit = makeLimit({ algorithm: 'refresh-period', limit: 1, perMs, burst: 1, slices: 1 })
        const now = n * perMs
        expect(takeFrom(limit, 1, now).admitted).toBe(true)
        expect(takeFrom(limit, 1, now).admitted).toBe(false)
      }),
    )
  })
})

describe('a sliding log', () => {
  it('agrees with a naive log: never more than the limit in any span, and never less than that allows', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, all) => {
        const log: Arrival[] = []
        for (const one of all) {
          const inside = sum(log.filter(({ at }) => at > one.at - rate.perMs))
          if (inside + one.cost <= rate.limit) log.push(one)
        }
        const admitted = admittedBy(makeLimit({ ...rate, algorithm: 'sliding-log' }), all)
        expect(admitted).toEqual(log)
        expect(busiest(admitted, rate.perMs)).toBeLessThanOrEqual(rate.limit)
      }),
    )
  })
})

describe('a sliding counter', () => {
  it('keeps the limit in all but one slice of a window, and twice the limit in a whole one', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, all) => {
        const log = admittedBy(makeLimit({ ...rate, algorithm: 'sliding-counter' }), all)
        const strict = rate.perMs - rate.perMs / rate.slices
        expect(busiest(log, strict)).toBeLessThanOrEqual(rate.limit)
        expect(busiest(log, rate.perMs)).toBeLessThanOrEqual(2 * rate.limit)
      }),
    )
  })

  it('agrees with weighing the naive log by slices', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, all) => {
        const limit = makeLimit({ ...rate, algorithm: 'sliding-counter' })
        const sliceMs = rate.perMs / rate.slices
        const log: Arrival[] = []
        for (const one of all) {
          const current = Math.floor(one.at / sliceMs)
          const weighed = log.reduce((total, { at, cost }) => {
            const age = current - Math.floor(at / sliceMs)
            if (age > rate.slices) return total
            return total + (age === rate.slices ? cost * (1 - (one.at / sliceMs - current)) : cost)
          }, 0)
          expect(takeFrom(limit, one.cost, one.at).admitted).toBe(weighed + one.cost <= rate.limit)
          if (weighed + one.cost <= rate.limit) log.push(one)
        }
      }),
    )
  })

  it('lets an even flow just below the limit through whole', () => {
    const limit = makeLimit({ algorithm: 'sliding-counter', limit: 100, perMs: 1_000, burst: 1, slices: 10 })
    const flow = Array.from({ length: 1_000 }, (_, i) => takeFrom(limit, 1, (i * 1_000) / 99).admitted)
    expect(flow).not.toContain(false)
  })
})

describe.each(algorithms)('every limit: %s', (algorithm) => {
  it('says exactly how long to wait: then it is let through, and not a moment before', () => {
    const anyRate = fc.record({
      limit: fc.integer({ min: 1, max: 50 }),
      perMs: fc.double({ min: 0.5, max: 100_000, noNaN: true }),
      burst: fc.integer({ min: 1, max: 50 }),
      slices: fc.integer({ min: 1, max: 12 }),
    })
    const gaps = fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(anyRate, gaps, fc.integer({ min: 1, max: 4 }), (rate, steps, cost) => {
        const history: { at: number; cost: number }[] = []
        let at = 1_000_000
        for (const gap of steps) {
          at += gap
          const limit = makeLimit({ ...rate, algorithm })
          for (const past of history) limit.take(past.cost, past.at)
          const taken = takeFrom(limit, cost, at)
          if (taken.admitted) {
            history.push({ at, cost })
            continue
          }
          if (taken.retryAfterMs === Infinity) return
          const early = at + taken.retryAfterMs * (1 - 1e-3)
          if (taken.retryAfterMs > 1e-4) expect(takeFrom(limit, cost, early).admitted).toBe(false)
          expect(takeFrom(limit, cost, at + taken.retryAfterMs).admitted).toBe(true)
        }
      }),
    )
  })

  it('asks for a longer wait for a higher cost, and for a shorter one as time goes by', () => {
    fc.assert(
      fc.property(rates, arrivals, fc.array(fc.constantFrom(0, 0.25, 1, 5)), (rate, all, pauses) => {
        const limit = makeLimit({ ...rate, algorithm })
        admittedBy(limit, all)
        let now = all.at(-1)?.at ?? 0
        let before = Infinity
        for (const pause of pauses) {
          now += pause
          const waits = Array.from({ length: limit.capacity + 1 }, (_, cost) =>
            Math.max(0, limit.readyAt(cost, now) - now),
          )
          expect(waits).toEqual(waits.toSorted((a, b) => a - b))
          const behind = Array.from({ length: 20 }, (_, total) => Math.max(0, limit.earliestFor(total, now) - now))
          if (algorithm !== 'sliding-counter') expect(behind).toEqual(behind.toSorted((a, b) => a - b))
          const wait = waits[1] ?? 0
          expect(wait).toBeLessThanOrEqual(Math.max(0, before - pause))
          before = wait
        }
      }),
    )
  })

  it('is not consumed by what it refuses, nor by being asked', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, all) => {
        const asked = makeLimit({ ...rate, algorithm })
        const unasked = makeLimit({ ...rate, algorithm })
        for (const { at, cost } of all) {
          asked.earliestFor(cost + 5, at)
          asked.used(at)
          takeFrom(asked, rate.limit + rate.burst, at)
          expect(takeFrom(asked, cost, at)).toEqual(takeFrom(unasked, cost, at))
        }
      }),
    )
  })

  it('never promises those behind others a wait that is too long', () => {
    fc.assert(
      fc.property(rates, arrivals, fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 30 }), (rate, all, queue) => {
        const limit = makeLimit({ ...rate, algorithm })
        admittedBy(limit, all)
        const costs = queue.filter((cost) => cost <= limit.capacity)
        const start = all.at(-1)?.at ?? 0
        let ahead = 0
        const promised = costs.map((cost) => limit.earliestFor((ahead += cost), start))
        let now = start
        costs.forEach((cost, i) => {
          now = Math.max(now, limit.readyAt(cost, now))
          limit.take(cost, now)
          expect(promised[i]).toBeLessThanOrEqual(now)
        })
      }),
    )
  })

  it('gives nothing more while the clock stands still, and all of it after a huge step', () => {
    const limit = makeLimit({ algorithm, limit: 3, perMs: 1_000, burst: 3, slices: 10 })
    const still = Array.from({ length: 9 }, () => takeFrom(limit, 1, 5_000).admitted)
    expect(still.filter(Boolean)).toHaveLength(3)
    for (const now of [1e9, 1e12, 2 ** 50]) {
      expect(limit.used(now)).toBe(0)
      const after = Array.from({ length: 9 }, () => takeFrom(limit, 1, now).admitted)
      expect(after.filter(Boolean)).toHaveLength(3)
    }
  })

  it('gives nothing more to an instant that is a little older than the last one', () => {
    const limit = makeLimit({ algorithm, limit: 2, perMs: 1_000, burst: 2, slices: 4 })
    const instants = [10_000, 9_999.5, 9_999.75, 9_999.5, 10_000, 10_000]
    expect(instants.filter((now) => takeFrom(limit, 1, now).admitted)).toHaveLength(2)
    expect(limit.used(10_000)).toBe(2)
  })

  it('does not refuse what is due because of a rounding error', () => {
    for (const start of [0, 7, 12_345.678, 1e9 + 0.1]) {
      const limit = makeLimit({ algorithm, limit: 3, perMs: 1_000, burst: 3, slices: 7 })
      for (const now of [start, start + 2_000, start + 4_000]) {
        expect(Array.from({ length: 4 }, () => takeFrom(limit, 1, now).admitted)).toEqual([true, true, true, false])
      }
    }
  })

  it('is as good as new when enough time has passed, and says so', () => {
    const limit = makeLimit({ algorithm, limit: 4, perMs: 1_000, burst: 4, slices: 4 })
    expect(limit.used(0)).toBe(0)
    for (let i = 0; i < 4; i++) takeFrom(limit, 1, 100)
    expect(limit.used(100)).toBeGreaterThan(0)
    expect(limit.used(2_500)).toBe(0)
  })

  it('never lets through what costs more than all of it, and says that waiting is no use', () => {
    const limit = makeLimit({ algorithm, limit: 4, perMs: 1_000, burst: 4, slices: 4 })
    expect(takeFrom(limit, 5, 0)).toEqual({ admitted: false, retryAfterMs: Infinity })
    expect(limit.used(0)).toBe(0)
  })
})

describe('the wait until an instant', () => {
  it('is never a rounding error too short', () => {
    const instants = fc.double({ min: 0, max: 1e15, noNaN: true })
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        const [now, instant] = a < b ? [a, b] : [b, a]
        expect(now + waitUntil(instant, now)).toBeGreaterThanOrEqual(instant)
      }),
      { numRuns: 1_000 },
    )
  })
})
