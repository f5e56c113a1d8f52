import { describe, expect, it } from 'vitest'
import { Chances } from './chances.ts'
import { FaultPlan } from './fault-plan.ts'

const RATES = { crashBefore: 0.2, answerLost: 0.2 } as const

function passings(chances: Chances, place: string, times: number): readonly (string | undefined)[] {
  const menu = chances.menu(RATES)
  return Array.from({ length: times }, () => chances.fault(place, menu)?.kind)
}

describe('the chances of a seed', () => {
  it('are the same for the same seed, and others for another', () => {
    const [first, second, other] = [1, 1, 2].map((seed) => passings(new Chances(seed), 'a', 200))
    expect(second).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('of one place do not depend on how often another was passed', () => {
    const quiet = new Chances(5)
    const busy = new Chances(5)
    passings(busy, 'elsewhere', 50)
    expect(passings(busy, 'a', 100)).toEqual(passings(quiet, 'a', 100))
  })

  it('let no fault happen any more when everything is healed', () => {
    const chances = new Chances(1)
    chances.heal()
    expect(passings(chances, 'a', 500).filter(Boolean)).toEqual([])
  })

  it('have some kinds in plenty and others not at all, by seed', () => {
    const counts = Array.from({ length: 60 }, (_, seed) => {
      const kinds = passings(new Chances(seed), 'a', 200)
      return kinds.filter((kind) => kind === 'crashBefore').length
    })
    expect(counts.some((count) => count === 0)).toBe(true)
    expect(counts.some((count) => count > 80)).toBe(true)
  })

  it('happen again by their names, whatever the seed draws', () => {
    const first = new Chances(3)
    passings(first, 'a', 40)
    first.operation('order')
    const again = new Chances(99, new FaultPlan(first.happened))
    passings(again, 'a', 40)
    expect(again.operation('order')).toBe(true)
    expect(again.operation('another')).toBe(false)
    expect(again.happened).toEqual(first.happened)
  })

  it('refuse a plan with names they do not know', () => {
    for (const key of ['nonsense', 'a#1:earthquake', 'a#x:late'])
      expect(() => new FaultPlan([key])).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
