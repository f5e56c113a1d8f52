import { describe, expect, it } from 'vitest'
import { arrivalsOf, durationMs, type LoadPlan, ordersIn } from './arrivals.ts'
import { SHOP_MIX } from './route.ts'

const plan = (seed: number): LoadPlan => ({
  seed,
  mix: SHOP_MIX,
  phases: [
    { name: 'before', seconds: 20, rate: 50 },
    { name: 'spike', seconds: 20, rate: 500 },
  ],
})

describe('the arrivals of a plan', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(arrivalsOf(plan(1))).toEqual(arrivalsOf(plan(1)))
    expect(arrivalsOf(plan(2))).not.toEqual(arrivalsOf(plan(1)))
  })

  it('come in order of time, inside their phases', () => {
    const arrivals = arrivalsOf(plan(3))
    expect(arrivals.map(({ atMs }) => atMs)).toEqual(arrivals.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
    expect(arrivals.every(({ atMs, phase }) => phase === (atMs < 20_000 ? 0 : 1))).toBe(true)
    expect(arrivals.at(-1)?.atMs).toBeLessThan(durationMs(plan(3).phases))
  })

  it('have the rate of each phase', () => {
    const arrivals = arrivalsOf(plan(4))
    const inPhase = (wanted: number): number => arrivals.filter(({ phase }) => phase === wanted).length
    expect(inPhase(0) / 1_000).toBeCloseTo(1, 0)
    expect(inPhase(1) / 10_000).toBeCloseTo(1, 1)
  })

  it('are spread as independent people are: gaps vary as much as they are long', () => {
    const spike = arrivalsOf(plan(5)).filter(({ phase }) => phase === 1)
    const gaps = spike.slice(1).map(({ atMs }, index) => atMs - (spike[index]?.atMs ?? 0))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    expect(mean).toBeCloseTo(2, 0)
    expect(deviation / mean).toBeCloseTo(1, 1)
  })

  it('follow the mix: 60% browse, 15% search, 15% sign in, 10% order', () => {
    const arrivals = arrivalsOf(plan(6))
    const share = (wanted: string): number => arrivals.filter(({ route }) => route === wanted).length / arrivals.length
    expect(share('browse')).toBeCloseTo(0.6, 1)
    expect(share('search')).toBeCloseTo(0.15, 1)
    expect(share('sign-in')).toBeCloseTo(0.15, 1)
    expect(share('order')).toBeCloseTo(0.1, 1)
    expect(ordersIn(plan(6))).toBe(arrivals.filter(({ route }) => route === 'order').length)
  })
})
