import { describe, expect, it } from 'vitest'
import { plantedRun } from '../report/planted-run.fixture.ts'
import { summary } from './summary.ts'

const screen = { columns: 80, paint: (_style: unknown, text: string): string => text }

describe('the summary of a run', () => {
  it('says the verdict first, then the reasons', () => {
    const [first, second] = summary(plantedRun('protected'), screen).split('\n')
    expect(first).toBe('CONTAINED  valentine (protected, seed 7): all 3 conditions held.')
    expect(second).toBe('  ✓ goodput at the peak   1,996/s  (at least 1,800/s)')
  })

  it('says why each broken condition matters', () => {
    const text = summary(plantedRun('control'), screen)
    expect(text).toContain('NOT CONTAINED  valentine (control, seed 7): 2 of 3 conditions broken.')
    expect(text).toContain(
      '✗ attempts per request     4.6  (at most 1.1)\n    each request was tried nearly five times',
    )
  })

  it('tells what became of the control on the same seed', () => {
    const text = summary({ ...plantedRun('protected'), control: plantedRun('control') }, screen)
    expect(text).toContain('not contained on the same seed: goodput at the peak, attempts per request')
  })

  it('fits on a screen of 80 columns, and shows each crash', () => {
    const lines = summary(plantedRun('control'), screen).split('\n')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines.find((line) => line.includes('crashes'))).toMatch(/✕.*13$/)
    expect(lines.length).toBeLessThan(30)
  })

  it('tells what was broken beside the conditions', () => {
    const record = { ...plantedRun('protected'), broken: [{ atMs: 12_000, what: 'money was lost' }] }
    expect(summary(record, screen)).toContain('broken      12 s     money was lost')
  })

  it('says what requests failed of, and how many were never answered', () => {
    const run = plantedRun('control')
    const order = run.routes['order'] as NonNullable<(typeof run.routes)['order']>
    const refused = { A: [1, 2], B: [40, 0], C: [5, 5], D: [1, 0] }
    const routes = { order: { ...order, refused, totals: { ...order.totals, unfinished: 9 } } }
    expect(summary({ ...run, routes }, screen)).toContain('failed   40 B, 10 C, 9 unanswered, 2 more causes')
  })

  it('cuts a name that is too long for its column', () => {
    const run = plantedRun('protected')
    const services = {
      'recommendations of others': run.services['payment'] as NonNullable<(typeof run.services)['payment']>,
    }
    expect(summary({ ...run, services }, screen)).toMatch(/^recommenda… crashes  ·/m)
  })
})
