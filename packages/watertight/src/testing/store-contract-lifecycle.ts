import assert from 'node:assert/strict'
import type { StoreCase } from './store-case.ts'
import {
  append,
  assertDone,
  assertRefused,
  freshStream,
  numbersTo,
  rejects,
  sampleAppend,
  sampleEvents,
  versionOf,
  walkLog,
  nextTurn,
} from './store-contract-samples.ts'

const TTL = 10_000

/** Hints of change, closing, reopening, and several stores on one database. */
export const lifecycleCases: readonly StoreCase[] = [
  {
    name: 'wakes who waits for a change when something is committed behind his position',
    async run(store) {
      const { signal } = new AbortController()
      const waiting = store.changed(0, signal)
      await append(store, freshStream())
      await waiting
      await store.changed(0, signal)
    },
  },
  {
    name: 'wakes who waits for a change when his signal aborts, and keeps nothing of him',
    async run(store) {
      const aborting = new AbortController()
      const waiting = numbersTo(20).map(() => store.changed(0, aborting.signal))
      aborting.abort()
      await Promise.all(waiting)
      await store.changed(0, aborting.signal)
      await append(store, freshStream())
    },
  },
  {
    name: 'finishes the commits that wait when it is closed, and takes no more',
    async run(store) {
      const waiting = numbersTo(10).map(() => append(store, freshStream()))
      await Promise.all([store.close(), store.close()])
      for (const committed of await Promise.all(waiting)) assertDone(committed)
      await rejects(append(store, freshStream()), 'STORE_CLOSED')
      await rejects(store.readLog({ after: 0 }), 'STORE_CLOSED')
      await rejects(store.readStream(freshStream()), 'STORE_CLOSED')
      await rejects(store.row('t', 'k'), 'STORE_CLOSED')
      await rejects(store.due(), 'STORE_CLOSED')
      await rejects(store.acquire('l', TTL), 'STORE_CLOSED')
      await rejects(store.changed(0, new AbortController().signal), 'STORE_CLOSED')
      await store.close()
    },
  },
  {
    name: 'answers the reads that are under way when it is closed, or says that it is',
    async run(store) {
      await append(store, freshStream(), 3)
      const reads = numbersTo(40).flatMap((n) => [store.readLog({ after: 0 }), store.row('t', `${n}`), store.due()])
      const all = Promise.allSettled(reads)
      await store.close()
      for (const end of await all) {
        if (end.status === 'rejected') assert.equal(end.reason.code, 'STORE_CLOSED')
      }
    },
  },
  {
    name: 'lets go of who waits for a change when it is closed',
    async run(store) {
      const waiting = store.changed(0, new AbortController().signal)
      await nextTurn()
      await store.close()
      await waiting
    },
  },
  {
    name: 'has all it had when it is opened again',
    needs: 'durable',
    async run(store, { open, advance }) {
      const stream = freshStream()
      const known = sampleAppend(stream, sampleEvents(3))
      const committed = await store.commit({
        appends: [known],
        inbox: { consumer: 'c', generation: 0, id: 'm' },
        checkpoint: { name: 'reader', from: 0, to: 2 },
        timers: { set: [{ key: 'timer', inMs: TTL, stream }] },
        keys: { acquire: ['key'], holder: stream },
        rows: [{ table: 't', key: 'k', value: { n: 1 } }],
      })
      assertDone(committed)
      const log = await walkLog(store)
      const fence = await store.acquire('lease', TTL)
      await store.close()

      const again = await open()
      assert.equal(again.incarnation, store.incarnation)
      assert.deepEqual(await walkLog(again), log)
      assert.deepEqual(await again.commit({ appends: [known] }), { ...committed, repeated: true })
      assertRefused(await again.commit({ inbox: { consumer: 'c', generation: 0, id: 'm' } }), 'SEEN')
      assertRefused(await again.commit({ keys: { acquire: ['key'], holder: freshStream() } }), 'KEY_HELD')
      assert.equal(await again.checkpoint('reader'), 2)
      assert.deepEqual(await again.row('t', 'k'), { value: { n: 1 }, version: 1 })
      assert.equal(await again.acquire('lease', TTL), undefined)
      assert.ok(fence && (await again.renew(fence, TTL)))
      assert.deepEqual(await again.due(), [])
      await advance(TTL)
      assert.deepEqual(
        (await again.due()).map(({ key }) => key),
        ['timer'],
      )
      assert.equal((await again.acquire('lease', TTL))?.epoch, fence.epoch + 1)
    },
  },
  {
    name: 'never uses a position again after it was opened again',
    needs: 'durable',
    async run(store, { open }) {
      await append(store, freshStream(), 3)
      await store.close()
      const again = await open()
      await append(again, freshStream(), 2)
      const positions = (await walkLog(again)).map(({ position }) => position)
      assert.deepEqual(positions, [...new Set(positions)])
    },
  },
  {
    name: 'agrees with another store on the same database about versions, rows, keys and leases',
    needs: 'shared',
    async run(store, { open }) {
      const other = await open()
      assert.equal(other.incarnation, store.incarnation)
      const stream = freshStream()
      const both = [store, other]
      await Promise.all(numbersTo(40).map((n) => append(both[n % 2] ?? store, stream, 2)))
      assert.equal(await versionOf(other, stream), 80)
      assert.deepEqual(
        (await walkLog(store)).map(({ version }) => version),
        numbersTo(80),
      )
      const racing = await Promise.all(both.map((one) => append(one, freshStream(), 1, 'absent')))
      for (const committed of racing) assertDone(committed)
      const contested = freshStream()
      const [won, lost] = await Promise.all(both.map((one) => append(one, contested, 1, 'absent')))
      assert.notEqual(won?.ok, lost?.ok)
      const leases = await Promise.all(both.map((one) => one.acquire('lease', TTL)))
      assert.equal(leases.filter((fence) => fence !== undefined).length, 1)
    },
  },
  {
    name: 'knows a repeated append that another store on the same database made',
    needs: 'shared',
    async run(store, { open }) {
      const other = await open()
      const known = sampleAppend(freshStream(), sampleEvents(2), 'absent')
      const committed = await store.commit({ appends: [known] })
      assert.deepEqual(await other.commit({ appends: [known] }), { ...committed, repeated: true })
    },
  },
  {
    name: 'wakes who waits for a change when another store on the same database commits',
    needs: 'shared',
    async run(store, { open, advance }) {
      const other = await open()
      const waiting = store.changed(0, new AbortController().signal)
      await append(other, freshStream())
      await advance(1_000)
      await waiting
    },
  },
]
