import { describe, expect, it } from 'vitest'
import { plantedRun } from './planted-run.fixture.ts'
import { plotGroups } from './plots.ts'

const runs = [plantedRun('protected'), plantedRun('control')]
const groups = plotGroups(runs)
const plot = (group: string, title: string) =>
  groups.find((one) => one.title === group)?.plots.find((one) => one.title === title)

describe('the plots of some runs', () => {
  it('go from the routes to the services to the pipelines', () => {
    expect(groups.map(({ title }) => title)).toEqual([
      'Route order',
      'Route browse',
      'Service payment',
      'Pipeline payments',
    ])
  })

  it('answer what a rehearsal is made for', () => {
    expect(groups.flatMap(({ plots }) => plots.map(({ title }) => title))).toEqual(
      expect.arrayContaining([
        'Offered and answered',
        'Attempts for each request',
        'Latency of good answers',
        'Refused, by cause',
        'Abandoned work',
        'Queue depth',
        'Age of the oldest that waits',
        'Memory of the fullest instance',
        'Instances that are up',
        'Circuit breakers',
        'Limit against in flight: bulkhead',
        'Budget tokens',
        'Refused by policies, by cause',
      ]),
    )
  })

  it('have a panel for each run, all on one scale', () => {
    const latency = plot('Route order', 'Latency of good answers')
    expect(latency?.panels.map(({ run }) => run)).toEqual([0, 1])
    expect(latency?.log).toBe(true)
    expect(latency?.most).toBeGreaterThan(50_000)
  })

  it('are left out, and named, where nothing of the kind happened', () => {
    expect(groups.find(({ title }) => title === 'Route browse')?.quiet).toEqual(['Refused, by cause', 'Abandoned work'])
  })

  it('show an empty panel for the run that has no such part', () => {
    expect(plot('Pipeline payments', 'Circuit breakers')?.panels.map(({ rows }) => rows.length)).toEqual([1, 0])
  })

  it('mark the crashes of a service in its plots only', () => {
    expect(plot('Service payment', 'Queue depth')?.panels[1]?.crashesS).toHaveLength(13)
    expect(plot('Route order', 'Offered and answered')?.panels[1]?.crashesS).toEqual([])
  })

  it('leave out attempts where nothing was offered, instead of dividing by nothing', () => {
    const run = runs[0] as (typeof runs)[number]
    const order = {
      ...(run.routes['order'] as NonNullable<(typeof run.routes)['order']>),
      offered: [0, 2],
      attempts: [3, 3],
    }
    const [group] = plotGroups([{ ...run, untilMs: 2_000, routes: { order }, services: {}, pipelines: {} }])
    expect(group?.plots.find(({ title }) => title.startsWith('Attempts'))?.panels[0]?.lines[0]?.values).toEqual([
      null,
      1.5,
    ])
  })
})
