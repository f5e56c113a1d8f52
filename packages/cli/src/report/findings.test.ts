import type { ComparedMetric, Sweep } from 'watertight/simulation'
import { describe, expect, it } from 'vitest'
import { comparisonSection } from './forest-plot.ts'
import { gridSection } from './heat-map.ts'
import { plantedRun } from './planted-run.fixture.ts'
import { seedsSection } from './seeds-table.ts'
import { sweepSection } from './sweep-plot.ts'

const metric = (name: string, a: number, b: number, better: ComparedMetric['better']): ComparedMetric => ({
  name,
  a,
  b,
  difference: b - a,
  low: b - a - 5,
  high: b - a + 5,
  better,
})

describe('two configurations side by side', () => {
  const { text } = comparisonSection({
    a: 'today',
    b: 'tomorrow',
    seeds: 5,
    metrics: [
      metric('good answers', 900, 1_800, 'b'),
      metric('crashes', 0, 3, 'a'),
      metric('waste', 0, 0, 'none'),
      metric('odd', Number.NaN, 1, 'none'),
    ],
  })

  it('tell who is better by shape, not by colour alone', () => {
    expect(text.match(/<circle class="good"/g)).toHaveLength(1)
    expect(text.match(/<rect class="point bad"/g)).toHaveLength(1)
    expect(text.match(/<circle class="none"/g)).toHaveLength(2)
  })

  it('draw every number on one scale, also where there was nothing before, or no number', () => {
    expect(text).not.toMatch(/NaN|Infinity/)
    expect(text).toContain('900 → 1,800  (895 to 905)')
  })
})

describe('a sweep', () => {
  const sweep: Sweep = {
    parameter: 'rate',
    points: [
      { value: 0.5, seeds: 3, goodput: 500, p99Ms: 200, contained: 1 },
      { value: 1, seeds: 3, goodput: 900, p99Ms: 300, contained: 2 / 3 },
      { value: 2, seeds: 3, goodput: 100, p99Ms: 30_000, contained: 0 },
    ],
  }

  it('tells where it stopped being contained, in the plot and in the table', () => {
    const { text } = sweepSection(sweep)
    expect([
      text.match(/<circle class="good"/g)?.length,
      text.match(/<circle class="none"/g)?.length,
      text.match(/<rect class="point bad"/g)?.length,
    ]).toEqual([1, 1, 1])
    expect(text).toContain('2 of 3 seeds')
  })

  it('of one point, or without any success, has a place for it', () => {
    const { text } = sweepSection({
      parameter: 'queue',
      points: [{ value: 5, seeds: 1, goodput: 0, p99Ms: 0, contained: 0 }],
    })
    expect(text).not.toMatch(/NaN|Infinity/)
  })
})

describe('a grid', () => {
  it('has a cell for each pair of values, with its text', () => {
    const cells = ['1s', '2s'].flatMap((y) =>
      [1, 2, 3].map((x) => ({ x, y, seeds: 2, goodput: 10, p99Ms: 1, contained: x === 1 ? 1 : 0, held: {} })),
    )
    const { text } = gridSection({
      x: { path: 'a.b', values: [1, 2, 3] },
      y: { path: 'c', values: ['1s', '2s'] },
      cells,
    })
    expect(text.match(/class="cell heat"/g)).toHaveLength(6)
    expect(text.match(/✓ 100.0%/g)).toHaveLength(2)
    expect(text.match(/✗ 0.0%/g)).toHaveLength(4)
  })
})

describe('several seeds', () => {
  it('say how many were contained, and what broke in the others', () => {
    const { text } = seedsSection([plantedRun('protected'), plantedRun('control')])
    expect(text).toContain('1 of 2 seeds were contained.')
    expect(text).toContain('goodput at the peak: 212/s; attempts per request: 4.6')
  })
})
