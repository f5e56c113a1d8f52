import { describe, expect, it } from 'vitest'
import { keyedRandom } from './random.ts'

const N = 50_000
const BINS = 128

/** Chi-square of counts against equal shares. */
const chiSquare = (counts: readonly number[], total: number): number => {
  const share = total / counts.length
  return counts.reduce((sum, count) => sum + (count - share) ** 2 / share, 0)
}

const counts = (draws: readonly number[], bins: number): number[] => {
  const bin = Array.from({ length: bins }, () => 0)
  for (const draw of draws) {
    const at = Math.floor(draw * bins)
    bin[at] = (bin[at] ?? 0) + 1
  }
  return bin
}

const correlation = (a: readonly number[], b: readonly number[]): number => {
  const products = a.map((x, i) => (x - 0.5) * ((b[i] ?? 0) - 0.5))
  return (products.reduce((sum, one) => sum + one, 0) / a.length) * 12
}

const draw = (random: (i: number) => number): number[] => Array.from({ length: N }, (_, i) => random(i))

/** Chi-square with 127 degrees of freedom leaves this range once in thousands of seeds; the seeds here are fixed. */
const PLAUSIBLE = { min: 75, max: 195 }
/** Five standard errors. */
const UNCORRELATED = 5 / Math.sqrt(N)

describe('keyedRandom', () => {
  it('gives the same number for the same seed, stream, call and path, whatever was drawn before', () => {
    const one = keyedRandom('seed')
    const other = keyedRandom('seed')
    other('jitter')
    other('arrivals', 3)
    expect(other('jitter', 5, 2)).toBe(one('jitter', 5, 2))
  })

  it('keeps its numbers from one release to the next, so that a recorded seed still replays', () => {
    const random = keyedRandom(7)
    expect([random('jitter', 0), random('jitter', 1, 1), random('jitter')]).toMatchInlineSnapshot(`
      [
        0.9699422993777748,
        0.5480149781183622,
        0.3667970709561169,
      ]
    `)
  })

  it('counts the draws of each stream where no call is given', () => {
    const one = keyedRandom(1)
    const other = keyedRandom(1)
    const first = [one('a'), one('a'), one('b')]
    expect([other('b'), other('a'), other('a')]).toEqual([first[2], first[0], first[1]])
    expect(new Set(first).size).toBe(3)
  })

  it('does not repeat a counted draw by an explicit call of the same number', () => {
    const random = keyedRandom(1)
    expect(random('a')).not.toBe(random('a', 0))
  })

  it('tells seeds, streams, calls and paths apart', () => {
    const draws = [
      keyedRandom(1)('a', 1, 1),
      keyedRandom('1')('a', 1, 1),
      keyedRandom(2)('a', 1, 1),
      keyedRandom(1)('b', 1, 1),
      keyedRandom(1)('a', 2, 1),
      keyedRandom(1)('a', 1, 2),
      keyedRandom(1)('a', 1 + 2 ** 32, 1),
      keyedRandom(1)('a', -1, 1),
      keyedRandom(1)('', 1, 1),
    ]
    expect(new Set(draws).size).toBe(draws.length)
  })

  const random = keyedRandom('statistics')
  it.each<[string, (i: number) => number]>([
    ['calls', (i) => random('a', i)],
    ['calls far apart', (i) => random('a', i * 65_536)],
    ['paths', (i) => random('a', 1, i)],
    ['counted draws', () => random('counted')],
    ['streams', (i) => keyedRandom('one')(`stream ${i}`, 0)],
    ['seeds', (i) => keyedRandom(i)('a', 0)],
  ])('is uniform over %s, and each draw is independent of the one before', (_, by) => {
    const draws = draw(by)
    const chi = chiSquare(counts(draws, BINS), N)
    expect(chi).toBeGreaterThan(PLAUSIBLE.min)
    expect(chi).toBeLessThan(PLAUSIBLE.max)
    expect(Math.abs(correlation(draws.slice(1), draws))).toBeLessThan(UNCORRELATED)
    const low = draws.map((one) => (one * 2 ** 43) % 1)
    expect(chiSquare(counts(low, BINS), N)).toBeLessThan(PLAUSIBLE.max)
  })

  it.each<[string, (i: number) => number, (i: number) => number]>([
    ['streams', (i) => random('a', i), (i) => random('b', i)],
    ['paths of one call', (i) => random('a', i, 0), (i) => random('a', i, 1)],
    ['call and path swapped', (i) => random('a', i, 3), (i) => random('a', 3, i)],
    ['seeds', (i) => keyedRandom(1)('a', i), (i) => keyedRandom(2)('a', i)],
    ['counted and explicit draws', () => random('both'), (i) => random('both', i)],
  ])('is independent between %s', (_, one, other) => {
    expect(Math.abs(correlation(draw(one), draw(other)))).toBeLessThan(UNCORRELATED)
  })
})
