import { describe, expect, it } from 'vitest'
import { rehearse } from '../rehearse.ts'
import { compare } from './compare.ts'
import { estimate } from './paired-difference.ts'
import { grid, sweep, sweepLoad } from './sweep.ts'
import { toy, TOY_START } from './toy.fixture.ts'

const good = { ...TOY_START, mode: 'good' as const, queue: 30 }
const worse = { ...good, queue: 50 }

describe('compare', () => {
  it('tells which of two configurations is better, by how much, and between which bounds', async () => {
    const { metrics, ...rest } = await compare(toy, {
      a: { name: 'worse', options: worse },
      b: { name: 'good', options: good },
    })
    expect(rest).toEqual({ a: 'worse', b: 'good', seeds: 5 })
    const success = metrics.find(({ name }) => name === 'ask: success')
    expect(success).toMatchObject({ b: 1, better: 'b' })
    expect(success?.difference).toBeCloseTo(0.04, 1)
    expect(success?.low).toBeLessThan(0.04)
    expect(success?.high).toBeGreaterThan(0.04)
  })

  it('sees no difference between equals, and is sure of it', async () => {
    const { metrics } = await compare(toy, {
      a: { name: 'a', options: good },
      b: { name: 'b', options: { ...good, paint: 7 } },
    })
    expect(metrics.map(({ difference, low, high, better }) => [difference, low, high, better])).toEqual(
      metrics.map(() => [0, 0, 0, 'none']),
    )
  })

  it('needs fewer seeds than two samples of their own would: common random numbers take most of the chance away', async () => {
    const successes = async (options: typeof TOY_START, seeds: readonly string[]): Promise<readonly number[]> => {
      const all: number[] = []
      for (const seed of seeds) all.push((await rehearse(toy, { seed, options })).routes['ask']?.totals.succeeded ?? 0)
      return all
    }
    const seeds = Array.from({ length: 40 }, (_, index) => `s${index}`)
    const [first, other] = [TOY_START, { ...TOY_START, queue: 88 }]
    const [a, b] = [await successes(first, seeds), await successes(other, seeds)]
    const apart = await successes(
      other,
      seeds.map((seed) => `${seed} apart`),
    )
    const width = (others: readonly number[]): number => {
      const { low, high } = estimate(others.map((one, index) => one - (a[index] as number)))
      return high - low
    }
    expect(width(b)).toBeLessThan(width(apart) / 2)
  })

  it('refuses a configuration without a name', async () => {
    const nameless = compare(toy, { a: { name: '', options: good }, b: { name: 'b', options: good } })
    await expect(nameless).rejects.toThrow(/a\.name must be a string that is not empty/)
  })
})

describe('a sweep', () => {
  it('walks over the values of an option', async () => {
    const { parameter, points } = await sweep(toy, { vary: 'queue=10..90', count: 5, options: good, seeds: 2 })
    expect(parameter).toBe('queue')
    expect(points.map(({ value, contained }) => [value, contained])).toEqual([
      [10, 1],
      [30, 1],
      [50, expect.any(Number)],
      [70, 0],
      [90, 0],
    ])
    expect(points[1]?.goodput).toBeGreaterThan(points[4]?.goodput as number)
  })

  it('refuses values that have no place on an axis', async () => {
    await expect(sweep(toy, { vary: 'mode=good,bad' })).rejects.toThrow(/mode must be a duration/)
  })

  it('walks over multiples of the load', async () => {
    const { points } = await sweepLoad(toy, { factors: [0.5, 1, 2.5], options: good, seeds: 1 })
    expect(points.map(({ goodput }) => goodput)).toEqual([
      expect.closeTo(50, -1),
      expect.closeTo(100, 0),
      expect.closeTo(250, -1.5),
    ])
  })

  it('shows over two options where it tips', async () => {
    const { x, y, cells } = await grid(toy, { x: 'queue=30..90', y: 'mode=bad,good', count: 2, seeds: 1 })
    expect([x, y]).toEqual([
      { path: 'queue', values: [30, 90] },
      { path: 'mode', values: ['bad', 'good'] },
    ])
    expect(cells.map(({ contained, held }) => [contained, held['success']])).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
      [0, 0],
    ])
  })
})
