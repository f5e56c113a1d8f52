import { describe, expect, it } from 'vitest'
import { streamId } from './event.ts'
import { SLOTS, slotOf } from './slot.ts'

describe('slotOf', () => {
  it('never changes, since it is stored', () => {
    expect(['1', '536365', '漢字'].map((id) => slotOf(streamId('order', id)))).toEqual([488, 76, 58])
  })

  it('spreads streams over all slots evenly', () => {
    const counts = Array.from({ length: SLOTS }, () => 0)
    const perSlot = 100
    for (let i = 0; i < SLOTS * perSlot; i++) {
      const slot = slotOf(streamId('order', String(500_000 + i)))
      counts[slot] = (counts[slot] ?? 0) + 1
    }
    expect(counts).toHaveLength(SLOTS)
    expect(Math.min(...counts)).toBeGreaterThan(perSlot / 2)
    expect(Math.max(...counts)).toBeLessThan(perSlot * 2)
  })

  it('parts tenant, category and id', () => {
    const slots = [streamId('ab', 'c'), streamId('a', 'bc'), streamId('b', 'c', 'a')].map(slotOf)
    expect(new Set(slots).size).toBe(3)
  })
})
