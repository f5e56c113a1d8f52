import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minimise } from './minimise.ts'

const items = Array.from({ length: 40 }, (_, i) => i)

describe('minimise', () => {
  it('finds the very ones that are needed together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...items), { maxLength: 5 }), async (needed) => {
        const { kept } = await minimise(items, async (some) => needed.every((item) => some.includes(item)))
        expect(kept.toSorted((a, b) => a - b)).toEqual(needed.toSorted((a, b) => a - b))
      }),
      { numRuns: 60 },
    )
  })

  it('keeps one of several that would do alone', async () => {
    const { kept } = await minimise(items, async (some) => some.some((item) => item >= 30))
    expect(kept).toHaveLength(1)
  })

  it('needs nothing when it fails by itself', async () => {
    expect(await minimise(items, async () => true)).toMatchObject({ kept: [] })
  })

  it('needs few runs for one of many', async () => {
    const { kept, runs } = await minimise(items, async (some) => some.includes(17))
    expect(kept).toEqual([17])
    expect(runs).toBeLessThan(40)
  })

  it('leaves everything where it was when all of it is needed', async () => {
    const { kept } = await minimise(items, async (some) => some.length === items.length)
    expect(kept).toEqual(items)
  })
})
