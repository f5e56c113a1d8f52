import { describe, expect, it } from 'vitest'
import { SERVICES } from '../process/roles.ts'
import { victimsOf } from './victims.ts'

const killsOver = (firstSeed: number, seeds: number): ReadonlyMap<string, number> => {
  const victims = Array.from({ length: seeds }, (_, index) => victimsOf(firstSeed + index)).flat()
  return new Map(SERVICES.map((service) => [service, victims.filter((victim) => victim === service).length]))
}

describe('the victims of the kill test', () => {
  it.each([0, 1, 17, 4_294_967_000])('reach every service at least twice over 20 seeds from %s on', (firstSeed) => {
    expect(Math.min(...killsOver(firstSeed, 20).values())).toBeGreaterThanOrEqual(2)
  })

  it('reach every service with 3 seeds', () => {
    expect(Math.min(...killsOver(1, 3).values())).toBe(1)
  })

  it('are the same for the same seed', () => {
    expect(victimsOf(5)).toEqual(victimsOf(5))
  })
})
