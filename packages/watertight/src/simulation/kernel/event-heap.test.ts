import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventHeap } from './event-heap.ts'

interface Entry {
  readonly time: number
  readonly rank: number
  readonly stamp: number
}

interface Step {
  readonly do: 'add' | 'take' | 'remove'
  readonly time: number
  readonly which: number
}

/** The plainest thing that keeps the order: a sorted list. */
class SortedList {
  readonly entries: Entry[] = []

  add(entry: Entry): void {
    const at = this.entries.findIndex(
      (one) => one.time > entry.time || (one.time === entry.time && one.rank > entry.rank),
    )
    this.entries.splice(at === -1 ? this.entries.length : at, 0, entry)
  }

  remove(stamp: number): boolean {
    const at = this.entries.findIndex((one) => one.stamp === stamp)
    if (at !== -1) this.entries.splice(at, 1)
    return at !== -1
  }
}

const step = fc.record<Step>({
  do: fc.constantFrom<Step['do'][]>('add', 'add', 'add', 'take', 'remove'),
  time: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double({ min: 0, max: 1e9, noNaN: true })),
  which: fc.nat(),
})

describe('EventHeap', () => {
  it('agrees with a sorted list, whatever is added, taken and removed', () => {
    const run = (steps: readonly Step[], shuffled: boolean): void => {
      const heap = new EventHeap()
      const list = new SortedList()
      const handles: { slot: number; stamp: number }[] = []
      let fired = 0
      let stamp = 0
      const act: Record<Step['do'], (step: Step) => void> = {
        add: ({ time, which }) => {
          const own = ++stamp
          const rank = shuffled ? which + own / 1e6 : own
          list.add({ time, rank, stamp: own })
          handles.push({ slot: heap.add(time, rank, own, own % 4, () => (fired = own)), stamp: own })
        },
        take: () => {
          const first = list.entries.shift()
          expect(heap.firstTime).toBe(first?.time ?? Infinity)
          if (first === undefined) return
          expect([heap.firstStamp, heap.firstKind]).toEqual([first.stamp, first.stamp % 4])
          heap.takeFirst()()
          expect(fired).toBe(first.stamp)
        },
        remove: ({ which }) => {
          const handle = handles[which % Math.max(1, handles.length)]
          if (handle === undefined) return
          const kind = list.remove(handle.stamp) ? handle.stamp % 4 : undefined
          expect(heap.remove(handle.slot, handle.stamp)).toBe(kind)
        },
      }
      for (const one of steps) {
        act[one.do](one)
        expect(heap.size).toBe(list.entries.length)
      }
      while (list.entries.length > 0) act.take({ do: 'take', time: 0, which: 0 })
      expect(heap.size).toBe(0)
    }
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), fc.boolean(), run), { numRuns: 300 })
  })

  it('lets go of the callback of what was removed or has fired, and uses its place again', () => {
    const heap = new EventHeap()
    const slot = heap.add(1, 1, 1, 0, () => {})
    heap.remove(slot, 1)
    expect(heap.add(1, 2, 2, 0, () => {})).toBe(slot)
    heap.takeFirst()
    expect(heap.add(1, 3, 3, 0, () => {})).toBe(slot)
  })

  it('removes nothing by the handle of an entry whose place another one has taken', () => {
    const heap = new EventHeap()
    const slot = heap.add(1, 1, 1, 0, () => {})
    heap.takeFirst()
    heap.add(1, 2, 2, 0, () => {})
    expect(heap.remove(slot, 1)).toBeUndefined()
    expect(heap.size).toBe(1)
  })
})
