import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AdmissionLevels, type LevelSettings } from './admission-levels.ts'

const settings: LevelSettings = {
  groups: 128,
  windowMs: 1_000,
  windowCalls: 2_000,
  decrease: 0.05,
  increase: 0.01,
  rotateMs: 3_600_000,
}

const never = (): number => {
  throw new Error('nobody is unknown here')
}

/** One call of each user in a window; which of them were served. */
function serve(levels: AdmissionLevels, users: number, priority: number, now: number): Set<number> {
  const served = new Set<number>()
  for (let user = 0; user < users; user++)
    if (levels.admits(levels.levelOf(priority, `user-${user}`, now, never), now)) served.add(user)
  return served
}

describe('admission levels', () => {
  it('serve everyone at first', () => {
    expect(serve(new AdmissionLevels(settings), 1_000, 0, 0).size).toBe(1_000)
  })

  it('serve 5% fewer after a window of overload, and 1% more after any other', () => {
    const levels = new AdmissionLevels(settings)
    serve(levels, 10_000, 1, 0)
    levels.adjust(true)
    const fewer = serve(levels, 10_000, 1, 0)
    expect(fewer.size).toBeGreaterThan(9_300)
    expect(fewer.size).toBeLessThanOrEqual(9_500)
    levels.adjust(false)
    const more = serve(levels, 10_000, 1, 0)
    expect(more.size).toBeGreaterThanOrEqual(fewer.size + 100)
    expect(more.size).toBeLessThan(fewer.size + 300)
  })

  it('shed low priorities first, and high ones only when no others are left', () => {
    const levels = new AdmissionLevels(settings)
    const window = () => [0, 1, 2].map((priority) => serve(levels, 1_000, priority, 0).size)
    for (let i = 0; i < 15; i++) {
      const [low = 0, normal = 0, high = 0] = window()
      if (low > 0) expect(normal).toBe(1_000)
      if (normal > 0) expect(high).toBe(1_000)
      levels.adjust(true)
    }
    expect(window()[0]).toBe(0)
    expect(window()[2]).toBe(1_000)
  })

  it('serve a user wholly or not at all, on every server alike', () => {
    const [one, other] = [new AdmissionLevels(settings), new AdmissionLevels(settings)]
    for (const levels of [one, other]) {
      serve(levels, 5_000, 1, 0)
      for (let i = 0; i < 5; i++) {
        levels.adjust(true)
        serve(levels, 5_000, 1, 0)
      }
    }
    const served = serve(one, 5_000, 1, 0)
    expect(serve(one, 5_000, 1, 0)).toEqual(served)
    expect(serve(other, 5_000, 1, 0)).toEqual(served)
  })

  it('make others the last ones after a while', () => {
    const levels = new AdmissionLevels(settings)
    serve(levels, 2_000, 1, 0)
    for (let i = 0; i < 15; i++) {
      levels.adjust(true)
      serve(levels, 2_000, 1, 0)
    }
    const now = serve(levels, 2_000, 1, 0)
    const later = serve(levels, 2_000, 1, settings.rotateMs)
    const both = [...now].filter((user) => later.has(user)).length
    expect(both / now.size).toBeCloseTo(now.size / 2_000, 1)
  })

  it('spread users over the groups evenly', () => {
    const levels = new AdmissionLevels(settings)
    const groups = new Uint32Array(128)
    for (let user = 0; user < 12_800; user++) {
      const group = levels.levelOf(2, `user-${user}`, 0, never)
      groups[group] = (groups[group] ?? 0) + 1
    }
    expect(Math.min(...groups)).toBeGreaterThan(60)
    expect(Math.max(...groups)).toBeLessThan(150)
  })

  it('never shed the most important level, and come back to serving all, however little happens', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ overloaded: fc.boolean(), calls: fc.nat(50) }), { maxLength: 100 }),
        (windows) => {
          const levels = new AdmissionLevels({ ...settings, groups: 4 })
          for (const { overloaded, calls } of windows) {
            serve(levels, calls, 1, 0)
            levels.adjust(overloaded)
            expect(levels.admits(0, 0)).toBe(true)
            levels.adjust(overloaded)
          }
          for (let i = 0; i < 12; i++) levels.adjust(false)
          expect(levels.served).toBe(1)
        },
      ),
    )
  })

  it('are adjusted after a second, or after 2,000 calls', () => {
    const levels = new AdmissionLevels(settings)
    expect(levels.due(5_000)).toBe(false)
    levels.admits(0, 5_000)
    expect([levels.due(5_999), levels.due(6_000)]).toEqual([false, true])
    for (let i = 1; i < 2_000; i++) levels.admits(0, 5_000)
    expect(levels.due(5_000)).toBe(true)
  })
})
