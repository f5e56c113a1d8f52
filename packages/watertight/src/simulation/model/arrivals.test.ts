import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyedRandom } from '../../runtime/random.ts'
import type { Arrivals } from './arrivals.ts'
import { evenly, flashCrowd, poisson, ramp, rates } from './load-shapes.ts'
import { replay, replayCsv } from './replay.ts'

/** All arrivals until then. */
function arrivalsUntil(arrivals: Arrivals, untilMs: number, seed = 7): number[] {
  const random = keyedRandom(seed)
  const all: number[] = []
  let at = arrivals.next(0, () => random('arrivals', 0))
  for (let n = 1; at !== undefined && at < untilMs; n++) {
    all.push(at)
    at = arrivals.next(at, () => random('arrivals', n))
  }
  return all
}

function countsPer(ms: number, arrivals: readonly number[]): number[] {
  const counts: number[] = []
  for (const at of arrivals) {
    const step = Math.floor(at / ms)
    while (counts.length <= step) counts.push(0)
    counts[step] = (counts[step] as number) + 1
  }
  return counts
}

describe('Poisson arrivals', () => {
  it('come at their rate, with the scatter of chance', () => {
    const counts = countsPer(1_000, arrivalsUntil(poisson({ rate: 100 }), 400_000))
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length
    expect(mean / 100).toBeCloseTo(1, 1)
    expect(Math.abs(variance / mean - 1)).toBeLessThan(0.2)
  })

  it('follow a rate that changes', () => {
    const valentine = ramp({ from: 100, to: 1_500, at: '6s', over: '3s', hold: '6s' })
    const counts = countsPer(3_000, arrivalsUntil(valentine, 24_000))
    const expected = [300, 300, 2_400, 4_500, 4_500, 2_400, 300, 300]
    for (const [index, count] of counts.entries()) {
      const mean = expected[index] as number
      expect(Math.abs(count - mean)).toBeLessThan(4 * Math.sqrt(mean))
    }
  })

  it('share their draws: the n-th of two loads differs only by the rate', () => {
    const one = arrivalsUntil(poisson({ rate: 10 }), 10_000)
    const twice = arrivalsUntil(poisson({ rate: 10 }).scaled(2), 5_000)
    expect(twice).toHaveLength(one.length)
    for (const [index, at] of one.entries()) expect((twice[index] as number) * 2).toBeCloseTo(at, 6)
  })
})

describe('even arrivals', () => {
  it('are at equal distances', () => {
    expect(arrivalsUntil(evenly({ rate: 4 }), 1_000)).toEqual([125, 375, 625, 875])
  })

  it('are as many as were recorded, in each step, whatever was recorded', () => {
    const counts = fc.array(fc.nat(40), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (recorded, speed, scale) => {
          const all = arrivalsUntil(replay(recorded, { speed, scale }), Infinity)
          const seen = countsPer(1_000 / speed, all)
          while (seen.length < recorded.length) seen.push(0)
          expect(seen).toEqual(recorded.map((count) => count * scale))
        },
      ),
    )
  })

  it('do not stop, repeat or go back after millions of them', () => {
    const arrivals = evenly({ rate: 15_000 })
    let at = arrivals.next(6e8, () => 0) as number
    for (let n = 0; n < 10_000; n++) {
      const next = arrivals.next(at, () => 0) as number
      expect(next - at).toBeGreaterThan(0.05)
      expect(next - at).toBeLessThan(0.1001)
      at = next
    }
  })
})

describe('every course', () => {
  const course = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 500 })), {
      minLength: 1,
      maxLength: 12,
    })
    .map((steps) => {
      let atMs = 0
      return steps.map(([afterMs, rate]) => [(atMs += afterMs), rate] as const)
    })

  it('expects as many until an instant as its rate adds up to', () => {
    fc.assert(
      fc.property(course, (points) => {
        const end = (points.at(-1)?.[0] ?? 0) + 1
        const arrivals = rates(points, { spacing: 'even' })
        let sum = 0
        const slices = 4_000
        for (let i = 0; i < slices; i++) sum += (arrivals.rateAt(((i + 0.5) / slices) * end) * end) / slices / 1_000
        const jumps = (500 * points.length * end) / slices / 1_000
        expect(Math.abs(arrivalsUntil(arrivals, end).length - sum)).toBeLessThan(1.5 + jumps)
      }),
      { numRuns: 50 },
    )
  })

  it('only ever goes forward, by chance or evenly, and ends when the rate does', () => {
    fc.assert(
      fc.property(course, fc.constantFrom('poisson' as const, 'even' as const), (points, spacing) => {
        const end = (points.at(-1)?.[0] ?? 0) + 100
        const all = arrivalsUntil(rates([...points, [end, 0]], { spacing }), Infinity)
        for (const [index, at] of all.entries()) expect(at).toBeGreaterThanOrEqual(all[index - 1] ?? 0)
        expect(all.at(-1) ?? 0).toBeLessThanOrEqual(end)
      }),
      { numRuns: 25 },
    )
  })

  it('that begins later has the rate of its first point before', () => {
    expect(
      rates([
        ['10s', 5],
        ['20s', 50],
      ]).rateAt(0),
    ).toBe(5)
    expect(
      rates([
        ['10s', 5],
        ['20s', 50],
      ]).rateAt(15_000),
    ).toBe(27.5)
    expect(
      rates([
        ['10s', 5],
        ['20s', 50],
      ]).rateAt(30_000),
    ).toBe(50)
  })
})

describe('a flash crowd', () => {
  it('jumps up, and halves in each half-life', () => {
    const crowd = flashCrowd({ base: 100, peak: 1_700, at: '10s', halfLife: '20s' })
    expect(crowd.rateAt(9_999)).toBe(100)
    expect(crowd.rateAt(10_000)).toBe(1_700)
    expect(crowd.rateAt(30_000)).toBeCloseTo(900, 9)
    expect(crowd.rateAt(50_000)).toBeCloseTo(500, 9)
    expect(crowd.rateAt(500_000)).toBe(100)
  })
})

describe('a table of a recorded load', () => {
  it('is played as recorded', () => {
    const arrivals = replayCsv('offset_s,requests\n0,2\n1,0\n2,1\n')
    expect(arrivalsUntil(arrivals, Infinity)).toEqual([250, 750, 2_500])
  })

  it('may have steps of other lengths, and ends of line of other systems', () => {
    const arrivals = replayCsv('offset_s,requests\r\n0,60\r\n60,120\r\n', { speed: 60, spacing: 'poisson' })
    expect([arrivals.rateAt(500), arrivals.rateAt(1_500), arrivals.rateAt(2_500)]).toEqual([60, 120, 0])
  })

  it.each([
    ['time,requests\n0,1', /first line of csv must be 'offset_s,requests'/],
    ['offset_s,requests\n0,1\n1,-1', /line 3 of csv must have two numbers/],
    ['offset_s,requests\n0,1\n1,1\n3,1', /line 4 of csv must have offset 2/],
    ['offset_s,requests\n5,1\n6,1', /line 2 of csv must have offset 0/],
    ['offset_s,requests', /counts must be a list/],
  ])('is refused where it is wrong (%j)', (csv, message) => {
    expect(() => replayCsv(csv)).toThrow(message)
  })
})

describe('loads refuse what makes no sense', () => {
  it.each<readonly [() => unknown, RegExp]>([
    [() => poisson({ rate: -1 }), /rate must be a number of at least 0/],
    [() => ramp({ from: 1, to: 2, at: 0, over: 'x' as '1s' }), /over must be a duration/],
    [() => ramp({ from: 1, to: 2, at: 0, over: 1, until: 3 } as never), /ramp has no option until/],
    [() => flashCrowd({ base: 1, peak: 2, at: 0, halfLife: 0 }), /halfLife must be a duration above 0/],
    [() => rates([]), /course must be a list/],
    [
      () =>
        rates([
          [5, 1],
          [4, 1],
        ]),
      /instant of course\[1\] must be no earlier/,
    ],
    [() => evenly({ rate: 1 }).scaled(0), /factor must be a finite number above 0/],
    [() => replay([1], { speed: 0 }), /speed must be a finite number above 0/],
  ])('%#', (make, message) => {
    expect(make).toThrow(message)
  })
})
