import { describe, expect, it } from 'vitest'
import { durationMs } from '../load/arrivals.ts'
import { scriptOf } from './script.ts'

describe('the script of the day', () => {
  it('warms up 3 s at a third of the spike, has 15 s before, 36 s of spike, 15 s after', () => {
    const { plan } = scriptOf({ rate: 40, spike: 600, seconds: 36, seed: 1 })
    expect(plan.phases).toEqual([
      { name: 'warm-up', seconds: 3, rate: 200 },
      { name: 'before', seconds: 15, rate: 40 },
      { name: 'spike', seconds: 36, rate: 600 },
      { name: 'after', seconds: 15, rate: 40 },
    ])
    expect(durationMs(plan.phases)).toBe(69_000)
  })

  it('lets payments hang at +2 s of the spike, die at +33 and come back at +36', () => {
    expect(scriptOf({ rate: 40, spike: 600, seconds: 36, seed: 1 }).misfortunes).toEqual([
      { atMs: 20_000, kind: 'hang' },
      { atMs: 51_000, kind: 'kill' },
      { atMs: 54_000, kind: 'restart' },
    ])
  })

  it('scales the hang and the kill with the spike', () => {
    expect(scriptOf({ rate: 40, spike: 600, seconds: 18, seed: 1 }).misfortunes.map(({ atMs }) => atMs)).toEqual([
      19_000, 34_500, 36_000,
    ])
  })
})
