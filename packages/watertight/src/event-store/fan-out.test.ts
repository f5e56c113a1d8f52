import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { ReadLog, Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { fanOut } from './fan-out.ts'
import { subscribe } from './subscription.ts'

describe('fanOut', () => {
  let runtime: VirtualRuntime
  let store: Store
  let reads: ReadLog[]
  let counting: Store
  let made = 0

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    reads = []
    counting = new Proxy(store, {
      get(target, name) {
        if (name === 'readLog')
          return (query: ReadLog) => {
            reads.push(query)
            return store.readLog(query)
          }
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  })

  async function place(category: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const event = { id: `e-${++made}`, type: `${category}.made`, schema: 1, data: made }
      const events = [{ ...event, meta: { correlation: 'c', causation: 'c' } }]
      const stream = streamId(category, `${made % 5}`)
      await store.commit({ appends: [{ stream, expected: 'any', appendId: event.id, events }] })
    }
  }

  it('reads each event once, however many subscriptions follow', async () => {
    const shared = fanOut(counting)
    const seen = new Map<string, number>()
    const subscriptions = Array.from({ length: 10 }, (_, i) =>
      subscribe({
        store: shared,
        runtime,
        name: `s${i}`,
        handle: (events) => void seen.set(`s${i}`, (seen.get(`s${i}`) ?? 0) + events.length),
      }),
    )
    await runtime.advance('1s')
    const before = reads.length
    await place('order', 1)
    await runtime.advance('1s')
    expect([...seen.values()]).toEqual(Array.from({ length: 10 }, () => 1))
    // One page with the event, and one that says that there is no more.
    expect(reads.length - before).toBeLessThanOrEqual(2)
    for (const one of subscriptions) await one.close()
  })

  it('gives every reader what the store gives, wherever it stands, whatever it filters by', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ place: fc.constantFrom('order', 'payment'), count: fc.integer({ min: 1, max: 9 }) }),
        fc.record({
          reader: fc.integer({ min: 0, max: 3 }),
          max: fc.integer({ min: 1, max: 6 }),
          categories: fc.constantFrom(undefined, ['order'], ['payment'], ['order', 'payment'], ['never']),
        }),
      ),
      { maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 12 }), async (list, keep) => {
        store = memoryStore({ runtime })
        const shared = fanOut(store, { keep })
        const positions = [0, 0, 0, 0]
        for (const step of list) {
          if ('place' in step) {
            await place(step.place, step.count)
            continue
          }
          const after = positions[step.reader] ?? 0
          const { categories } = step
          const page = await shared.readLog({ after, max: step.max, ...(categories && { categories }) })
          const all = await store.readLog({ after, max: 10_000, ...(categories && { categories }) })
          const upTo = all.events.filter(({ position }) => position <= page.settled)
          expect(page.events).toEqual(upTo)
          expect(page.events.length).toBeLessThanOrEqual(step.max)
          positions[step.reader] = page.settled
        }
      }),
      { numRuns: 100 },
    )
  })

  it('skips nothing for readers that begin at different places at the same time', async () => {
    await place('order', 30)
    for (const order of [
      [0, 10, 20],
      [20, 10, 0],
      [10, 20, 0],
    ]) {
      const shared = fanOut(store)
      const pages = await Promise.all(order.map((after) => shared.readLog({ after, max: 100 })))
      for (const [i, { events }] of pages.entries()) {
        expect(events.map(({ position }) => position)[0]).toBe((order[i] ?? 0) + 1)
        expect(events).toHaveLength(30 - (order[i] ?? 0))
      }
    }
  })

  it('lets a subscription find out that its checkpoint lies ahead of the log', async () => {
    await place('order', 3)
    await store.commit({ checkpoint: { name: 'reader', from: 0, to: 500 } })
    const errors: unknown[] = []
    const subscription = subscribe({ store: fanOut(store), runtime, name: 'reader', handle: () => {} })
    subscription.on('failed', ({ error }) => errors.push(error))
    await runtime.advance('1m')
    expect(errors).toEqual([expect.objectContaining({ code: 'CHECKPOINT_AHEAD' })])
    await subscription.close()
  })

  it('keeps no more events than it was told, and half as many again', async () => {
    await place('order', 100)
    const shared = fanOut(counting, { keep: 10 })
    for (let after = 0; after < 100; ) after = (await shared.readLog({ after, max: 5 })).settled
    reads = []
    await shared.readLog({ after: 80, max: 5 })
    expect(reads).toHaveLength(1)
  })
})
