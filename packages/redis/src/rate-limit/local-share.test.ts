import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LocalShare } from './local-share.ts'

const rate = { algorithm: 'gcra', limit: 100, perMs: 1_000, burst: 20, processes: 4, maxKeys: 10 } as const

describe('a local share', () => {
  it('is the limit divided by the processes', () => {
    const share = new LocalShare(rate)
    const admitted = Array.from({ length: 20 }, () => share.take('k', 1, 0, 0).admitted)
    expect(admitted.filter(Boolean)).toHaveLength(5)
    expect(share.take('k', 1, 0, 0)).toEqual({ admitted: false, waitMs: 40 })
    expect(share.take('k', 1, 0, 40).admitted).toBe(true)
  })

  it('is one call at least, however many share', () => {
    const share = new LocalShare({ ...rate, limit: 1, burst: 1, processes: 10 })
    expect(share.take('k', 1, 0, 0).admitted).toBe(true)
    expect(share.take('k', 1, 0, 9_999).admitted).toBe(false)
    expect(share.take('k', 1, 0, 10_000).admitted).toBe(true)
  })

  it('does not block a call for ever that costs more than the share', () => {
    const share = new LocalShare(rate)
    expect(share.take('k', 20, 0, 0).admitted).toBe(true)
    expect(share.take('k', 1, 0, 600).admitted).toBe(false)
    expect(share.take('k', 1, 0, 640).admitted).toBe(true)
  })

  it('remembers a bounded number of keys, and only those that owe something', () => {
    const share = new LocalShare(rate)
    for (let i = 0; i < 1_000; i++) share.take(`k${i}`, 1, 0, 0)
    expect(share.size).toBe(10)
    for (let i = 0; i < 10; i++) share.take('free', 0, 0, 0)
    expect(share.size).toBe(10)
  })

  it('never lets more through in any span than burst and rate allow', () => {
    const step = fc.record({ after: fc.integer({ min: 0, max: 200 }), cost: fc.integer({ min: 1, max: 5 }) })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.constantFrom('gcra' as const, 'sliding-window' as const),
        (steps, algorithm) => {
          const share = new LocalShare({ ...rate, algorithm, burst: algorithm === 'gcra' ? 20 : 100 })
          const [burst, perMs] = algorithm === 'gcra' ? [5, 25 / 1_000] : [12, 12.5 / 1_000]
          const taken: { at: number; cost: number }[] = []
          let now = 0
          for (const { after, cost } of steps) {
            now += after
            if (share.take('k', cost, 0, now).admitted) taken.push({ at: now, cost })
          }
          for (const [i, first] of taken.entries()) {
            let sum = 0
            for (const { at, cost } of taken.slice(i)) {
              sum += cost
              expect(sum).toBeLessThanOrEqual(burst + (at - first.at) * perMs + 1e-6)
            }
          }
        },
      ),
    )
  })
})
