import assert from 'node:assert/strict'
import { streamId } from '../store/event.ts'
import type { DueTimer, Store } from '../store/store.ts'
import type { StoreCase } from './store-case.ts'
import { assertDone, assertRefused, freshStream, numbersTo, sampleAppend } from './store-contract-samples.ts'

const STREAM = streamId('checkout', 'c-1')

function set(store: Store, key: string, inMs: number, stream = STREAM): ReturnType<Store['commit']> {
  return store.commit({ timers: { set: [{ key, inMs, stream }] } })
}

async function dueKeys(store: Store, options: { max?: number; category?: string } = {}): Promise<readonly string[]> {
  return (await store.due(options)).map(({ key }) => key)
}

async function only(store: Store): Promise<DueTimer> {
  const [timer, ...others] = await store.due()
  assert.ok(timer && others.length === 0)
  return timer
}

/** Timers that outlive the process. */
export const timerCases: readonly StoreCase[] = [
  {
    name: 'shows a timer when it is due, never early, until a commit clears it',
    async run(store, { advance }) {
      await set(store, 'step', 5_000)
      await advance(4_999)
      assert.deepEqual(await store.due(), [])
      await advance(1)
      const timer = await only(store)
      assert.deepEqual([timer.key, timer.stream], ['step', STREAM])
      assert.deepEqual(await only(store), timer)
      assertDone(await store.commit({ appends: [sampleAppend(STREAM)], timers: { clear: ['step'] } }))
      assert.deepEqual(await store.due(), [])
    },
  },
  {
    name: 'moves a timer that is set again, later or earlier, and tells the armings apart',
    async run(store, { advance }) {
      await set(store, 'step', 1_000)
      await set(store, 'step', 5_000)
      await advance(4_999)
      assert.deepEqual(await store.due(), [])
      await advance(1)
      const late = await only(store)
      await set(store, 'step', 9_000)
      assert.deepEqual(await store.due(), [])
      await set(store, 'step', 0)
      assert.ok((await only(store)).arming > late.arming)
    },
  },
  {
    name: 'gives a timer that was cleared and set again a new arming',
    async run(store) {
      await set(store, 'step', 0)
      const { arming } = await only(store)
      await store.commit({ timers: { clear: ['step'] } })
      await set(store, 'step', 0)
      assert.ok((await only(store)).arming > arming)
    },
  },
  {
    name: 'shows due timers earliest first, then in order of arming, as many as asked for',
    async run(store, { advance }) {
      for (const [key, inMs] of [
        ['c', 30],
        ['a', 10],
        ['b', 20],
        ['b2', 20],
        ['later', 10_000],
      ] as const) {
        await set(store, key, inMs)
      }
      await advance(100)
      assert.deepEqual(await dueKeys(store), ['a', 'b', 'b2', 'c'])
      assert.deepEqual(await dueKeys(store, { max: 2 }), ['a', 'b'])
    },
  },
  {
    name: 'shows the due timers of one category',
    async run(store) {
      await set(store, 'a', 0, freshStream('order'))
      await set(store, 'b', 0)
      assert.deepEqual(await dueKeys(store, { category: 'checkout' }), ['b'])
      assert.deepEqual(await dueKeys(store, { category: 'nothing' }), [])
    },
  },
  {
    name: 'clears before it sets, and takes clearing an unknown timer for done',
    async run(store) {
      await set(store, 'step', 0)
      const stream = freshStream()
      assertDone(
        await store.commit({ timers: { clear: ['step', 'unknown'], set: [{ key: 'step', inMs: 0, stream }] } }),
      )
      assert.deepEqual((await only(store)).stream, stream)
    },
  },
  {
    name: 'fires at once when the delay is negative',
    async run(store) {
      await set(store, 'step', -1_000)
      assert.deepEqual(await dueKeys(store), ['step'])
    },
  },
  {
    name: 'leaves timers as they are when the commit is refused',
    async run(store) {
      await set(store, 'step', 0)
      const appends = [sampleAppend(STREAM, undefined, 'present')]
      assertRefused(await store.commit({ appends, timers: { clear: ['step'] } }), 'CONFLICT', 0)
      assert.deepEqual(await dueKeys(store), ['step'])
    },
  },
  {
    name: 'holds 1,000 timers set by writers at once',
    async run(store) {
      await Promise.all(numbersTo(1_000).map((n) => set(store, `timer-${n}`, 0)))
      assert.equal((await store.due({ max: 2_000 })).length, 1_000)
    },
  },
]
