import assert from 'node:assert/strict'
import type { Committed, Retention } from '../store/commit.ts'
import type { StreamId } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import type { StoreCase } from './store-case.ts'
import {
  append,
  assertDone,
  assertRefused,
  freshStream,
  numbersTo,
  sampleAppend,
  sampleEvents,
  versionOf,
  walkLog,
} from './store-contract-samples.ts'

async function streamOf(store: Store, events: number): Promise<StreamId> {
  const stream = freshStream()
  await append(store, stream, events)
  return stream
}

function retain(store: Store, retention: Retention): Promise<Committed> {
  return store.commit({ retention: [retention] })
}

async function versionsOf(store: Store, stream: StreamId, direction?: 'backwards'): Promise<readonly number[]> {
  const { events } = await store.readStream(stream, direction ? { direction } : {})
  return events.map(({ version }) => version)
}

/** Truncated and closed streams, and their marks. */
export const retentionCases: readonly StoreCase[] = [
  {
    name: 'deletes the events of a truncated stream up to a version, from the log too, and says so',
    async run(store) {
      const [stream, other] = [await streamOf(store, 5), await streamOf(store, 2)]
      const before = await walkLog(store)
      assertDone(await retain(store, { stream, truncate: 3 }))
      assert.deepEqual(await versionsOf(store, stream), [4, 5])
      assert.deepEqual(await versionsOf(store, stream, 'backwards'), [5, 4])
      const { version, truncated, closed } = await store.readStream(stream, { from: 5, max: 1 })
      assert.deepEqual([version, truncated, closed], [5, 3, undefined])
      assert.equal('truncated' in (await store.readStream(other)), false)
      assert.deepEqual(await walkLog(store), before.slice(3))
    },
  },
  {
    name: 'counts the versions and positions of a stream on that was truncated whole',
    async run(store) {
      const stream = await streamOf(store, 3)
      const last = (await walkLog(store)).at(-1)?.position ?? 0
      assertDone(await retain(store, { stream, truncate: 3 }))
      assert.deepEqual(await store.readStream(stream), { events: [], version: 3, truncated: 3 })
      assert.deepEqual(await store.readLog({ after: 0 }), { events: [], settled: last })
      assertRefused(await append(store, stream, 1, 'absent'), 'CONFLICT', 3)
      const committed = await append(store, stream, 2, 3)
      assertDone(committed)
      assert.deepEqual(committed.versions, [5])
      const log = await walkLog(store)
      assert.deepEqual(
        log.map(({ version }) => version),
        [4, 5],
      )
      for (const { position } of log) assert.ok(position > last)
    },
  },
  {
    name: 'truncates further, and takes truncating less for done',
    async run(store) {
      const stream = await streamOf(store, 6)
      for (const [truncate, left] of [
        [2, [3, 4, 5, 6]],
        [1, [3, 4, 5, 6]],
        [5, [6]],
        [5, [6]],
      ] as const) {
        assertDone(await retain(store, { stream, truncate }))
        assert.deepEqual(await versionsOf(store, stream), left)
      }
      assert.equal((await store.readStream(stream)).truncated, 5)
    },
  },
  {
    name: 'forgets the id of an append with its first event, and knows the others',
    async run(store) {
      const stream = freshStream()
      const [old, cut, kept] = [1, 2, 3].map(() => sampleAppend(stream, sampleEvents(2)))
      assert.ok(old && cut && kept)
      for (const one of [old, cut, kept]) assertDone(await store.commit({ appends: [one] }))
      assertDone(await retain(store, { stream, truncate: 3 }))
      assert.equal(await store.appended(stream, old.appendId), undefined)
      assert.equal(await store.appended(stream, cut.appendId), undefined)
      assert.equal((await store.appended(stream, kept.appendId))?.version, 6)
      const again = await store.commit({ appends: [kept] })
      assert.deepEqual([again.ok && again.repeated, again.ok && again.versions], [true, [6]])
    },
  },
  {
    name: 'refuses to truncate what is not there yet, or never was',
    async run(store) {
      const stream = await streamOf(store, 2)
      assertRefused(await retain(store, { stream, truncate: 3 }), 'CONFLICT', 2)
      assertRefused(await retain(store, { stream: freshStream(), truncate: 1 }), 'CONFLICT', 0)
      assertRefused(await retain(store, { stream: freshStream(), close: true }), 'CONFLICT', 0)
      assertRefused(
        await store.commit({ appends: [sampleAppend(stream)], retention: [{ stream, truncate: 3 }] }),
        'CONFLICT',
        2,
      )
      assert.equal(await versionOf(store, stream), 2)
    },
  },
  {
    name: 'takes no more appends for a closed stream, whatever they expect, but answers repetitions',
    async run(store) {
      const stream = freshStream()
      const known = sampleAppend(stream, sampleEvents(2))
      const first = await store.commit({ appends: [known] })
      assertDone(await retain(store, { stream, close: true }))
      assertDone(await retain(store, { stream, close: true }))
      for (const expected of ['any', 'absent', 'present', 2, 1] as const) {
        assertRefused(await append(store, stream, 1, expected), 'ARCHIVED')
      }
      assert.deepEqual(await store.commit({ appends: [known] }), { ...first, repeated: true })
      assert.deepEqual(await versionsOf(store, stream), [1, 2])
      assert.equal((await store.readStream(stream)).closed, true)
      assertDone(await append(store, freshStream(), 1))
    },
  },
  {
    name: 'closes, truncates and marks a stream in one commit',
    async run(store) {
      const stream = await streamOf(store, 4)
      const committed = await store.commit({
        appends: [sampleAppend(stream, sampleEvents(1), 4)],
        retention: [{ stream, truncate: 4, close: true }],
      })
      assertDone(committed)
      const page = await store.readStream(stream)
      assert.deepEqual([page.version, page.truncated, page.closed, page.events.length], [5, 4, true, 1])
      assertRefused(await append(store, stream), 'ARCHIVED')
    },
  },
  {
    name: 'leaves a stream as it is when the commit that would end it is refused, or was made before',
    async run(store) {
      const stream = await streamOf(store, 3)
      const known = sampleAppend(freshStream())
      assertDone(await store.commit({ appends: [known] }))
      const retention = [{ stream, truncate: 2, close: true }]
      assertRefused(
        await store.commit({ retention, rows: [{ table: 't', key: 'k', value: 1, ifVersion: 3 }] }),
        'CONFLICT',
        0,
      )
      assertDone(await store.commit({ appends: [known], retention }))
      assert.deepEqual(await versionsOf(store, stream), [1, 2, 3])
      assertDone(await append(store, stream))
    },
  },
  {
    name: 'truncates for good: a stream is as it was left when the database is opened again',
    needs: 'durable',
    async run(store, { open }) {
      const stream = await streamOf(store, 3)
      await retain(store, { stream, truncate: 3, close: true })
      const { settled } = await store.readLog({ after: 0 })
      await store.close()
      const again = await open()
      assert.deepEqual(await again.readStream(stream), { events: [], version: 3, truncated: 3, closed: true })
      assert.deepEqual(await again.readLog({ after: 0 }), { events: [], settled })
      assertRefused(await append(again, stream), 'ARCHIVED')
      assertDone(await append(again, freshStream()))
      for (const { position } of await walkLog(again)) assert.ok(position > settled)
    },
  },
  {
    name: 'decides between an append and a truncation that come at once',
    async run(store) {
      const stream = await streamOf(store, 2)
      const all = await Promise.all(
        numbersTo(10).flatMap(() => [append(store, stream), retain(store, { stream, truncate: 2 })]),
      )
      for (const committed of all) assertDone(committed)
      assert.deepEqual(
        await versionsOf(store, stream),
        numbersTo(10).map((n) => n + 2),
      )
    },
  },
]
