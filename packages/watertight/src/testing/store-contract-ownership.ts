import assert from 'node:assert/strict'
import type { StreamId } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import type { StoreCase } from './store-case.ts'
import { assertDone, assertRefused, freshStream, numbersTo, sampleAppend, versionOf } from './store-contract-samples.ts'

const TTL = 10_000

async function acquired(store: Store, lease = 'worker'): Promise<{ lease: string; epoch: number }> {
  const fence = await store.acquire(lease, TTL)
  assert.ok(fence, `lease ${lease} was not free`)
  return fence
}

function take(store: Store, holder: StreamId, ...acquire: readonly string[]): ReturnType<Store['commit']> {
  return store.commit({ keys: { acquire, holder } })
}

/** Concurrency keys and leases. */
export const ownershipCases: readonly StoreCase[] = [
  {
    name: 'gives a concurrency key to one holder until it is released',
    async run(store) {
      const [one, two] = [freshStream(), freshStream()]
      assertDone(await take(store, one, 'customer-1'))
      assertDone(await take(store, one, 'customer-1'))
      assertRefused(await take(store, two, 'customer-1'), 'KEY_HELD')
      assertDone(await store.commit({ keys: { release: ['customer-1'], holder: one } }))
      assertDone(await take(store, two, 'customer-1'))
    },
  },
  {
    name: 'takes all keys of a commit or none',
    async run(store) {
      const [one, two] = [freshStream(), freshStream()]
      await take(store, one, 'b')
      assertRefused(await take(store, two, 'a', 'b', 'c'), 'KEY_HELD')
      assertDone(await take(store, one, 'a', 'c'))
    },
  },
  {
    name: 'leaves a key alone that another holder releases',
    async run(store) {
      const [one, two] = [freshStream(), freshStream()]
      await take(store, one, 'a')
      assertDone(await store.commit({ keys: { release: ['a', 'unknown'], holder: two } }))
      assertRefused(await take(store, two, 'a'), 'KEY_HELD')
    },
  },
  {
    name: 'gives a lease to one owner at a time',
    async run(store) {
      const tried = await Promise.all(numbersTo(5).map(() => store.acquire('worker', TTL)))
      assert.deepEqual(
        tried.map((fence) => fence?.epoch),
        [1, undefined, undefined, undefined, undefined],
      )
      assert.equal((await acquired(store, 'another')).lease, 'another')
    },
  },
  {
    name: 'gives a lease to the next owner when it expires, not before, under a higher epoch',
    async run(store, { advance }) {
      const first = await acquired(store)
      await advance(TTL - 1)
      assert.equal(await store.acquire('worker', TTL), undefined)
      await advance(1)
      assert.ok((await acquired(store)).epoch > first.epoch)
    },
  },
  {
    name: 'keeps a lease as long as it is renewed',
    async run(store, { advance }) {
      const fence = await acquired(store)
      for (const _ of numbersTo(3)) {
        await advance(TTL - 1)
        assert.equal(await store.renew(fence, TTL), true)
      }
      assert.equal(await store.acquire('worker', TTL), undefined)
    },
  },
  {
    name: 'renews no lease that expired, was taken or was released',
    async run(store, { advance }) {
      const first = await acquired(store)
      await advance(TTL)
      assert.equal(await store.renew(first, TTL), false)
      const second = await acquired(store)
      assert.equal(await store.renew(first, TTL), false)
      await store.release(second)
      assert.equal(await store.renew(second, TTL), false)
      assert.equal(await store.renew({ lease: 'never', epoch: 1 }, TTL), false)
    },
  },
  {
    name: 'frees a released lease at once, and never uses its epoch again',
    async run(store) {
      const epochs: number[] = []
      for (const _ of numbersTo(3)) {
        const fence = await acquired(store)
        epochs.push(fence.epoch)
        await store.release(fence)
      }
      assert.deepEqual(epochs, [...new Set(epochs)])
    },
  },
  {
    name: 'does not let a late release take the lease from its new owner',
    async run(store, { advance }) {
      const first = await acquired(store)
      await advance(TTL)
      const second = await acquired(store)
      await store.release(first)
      assert.equal(await store.acquire('worker', TTL), undefined)
      assert.equal(await store.renew(second, TTL), true)
    },
  },
  {
    name: 'refuses the writes of an owner whose lease was taken, and takes those of the new one',
    async run(store, { advance }) {
      const stream = freshStream()
      const write = (fence: { lease: string; epoch: number }): ReturnType<Store['commit']> =>
        store.commit({ appends: [sampleAppend(stream)], fence })
      const paused = await acquired(store)
      assertDone(await write(paused))
      await advance(TTL)
      assertRefused(await write(paused), 'FENCED')
      const next = await acquired(store)
      assertRefused(await write(paused), 'FENCED')
      assertDone(await write(next))
      await store.release(next)
      assertRefused(await write(next), 'FENCED')
      assertRefused(await write({ lease: 'never', epoch: 1 }), 'FENCED')
      assert.equal(await versionOf(store, stream), 2)
    },
  },
]
