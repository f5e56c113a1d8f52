import { describe, expect, it } from 'vitest'
import { scenario } from '../scenario.ts'
import { toy, TOY_START } from './toy.fixture.ts'
import { tune } from './tune.ts'

const vary = ['queue=0..100', 'mode=good,bad', 'paint=1..9']

describe('tune', () => {
  it('finds the optimum of a toy, confirms it on fresh seeds, and takes back what does not matter', async () => {
    const found = await tune(toy, { vary, runs: 120 })
    const { queue, mode, paint } = found.options as unknown as typeof TOY_START
    expect(Math.abs(queue - 30)).toBeLessThanOrEqual(12)
    expect({ mode, paint }).toEqual({ mode: 'good', paint: 1 })
    expect(found).toMatchObject({ better: true, contained: { before: 0, after: 1 } })
    expect(found.advantage.low).toBeGreaterThan(0)
    expect(found.changes).toEqual([
      { path: 'queue', from: 90, to: queue },
      { path: 'mode', from: 'bad', to: 'good' },
    ])
    expect(found.tried.length).toBeGreaterThan(20)
    expect(found.tried[0]).toMatchObject({ changes: { mode: 'good' } })
  })

  it('finds the same again', async () => {
    const [first, second] = [await tune(toy, { vary, runs: 40 }), await tune(toy, { vary, runs: 40 })]
    expect(second).toEqual(first)
  })

  it('hands back what it was given where nothing is better beyond doubt', async () => {
    const options = { ...TOY_START, queue: 30, mode: 'good' }
    const found = await tune(toy, { vary: ['paint=1..9'], options, runs: 30 })
    expect(found).toMatchObject({ options, better: false, changes: [] })
  })

  it('keeps to its runs, but for those that confirm', async () => {
    const { runs } = await tune(toy, { vary, runs: 25, seeds: 2 })
    expect(runs).toBeLessThanOrEqual(25 + 2 * 2)
  })

  it('goes on when a policy refuses some of the options', async () => {
    const fragile = scenario('fragile', { options: { queue: 1 } }, (sim, { queue }) => {
      if (queue > 5) sim.phase('none', '2s', '1s')
      return toy.play(sim, { ...TOY_START, mode: 'good', queue: 30 - queue })
    })
    const found = await tune(fragile, { vary: ['queue=0..10'], runs: 30 })
    expect(found.tried.filter(({ dropped }) => dropped?.includes('to must be after')).length).toBeGreaterThan(2)
  })

  it('stops when it is told to', async () => {
    const controller = new AbortController()
    let told = 0
    const tuning = tune(toy, {
      vary,
      signal: controller.signal,
      progress: () => {
        if (++told === 3) controller.abort(new Error('enough'))
      },
    })
    await expect(tuning).rejects.toThrow('enough')
  })

  it.each([
    [{ vary: [] }, /vary must be a list with some/],
    [{ vary: ['que=1..2'] }, /the scenario has no que; it has queue, mode, paint/],
    [{ vary, runs: 0 }, /runs must be a positive whole number/],
    [{ vary, seed: 1, sed: 2 } as never, /tune has no option sed/],
  ])('refuses %o', async (given, message) => {
    await expect(tune(toy, given)).rejects.toThrow(message)
  })
})
