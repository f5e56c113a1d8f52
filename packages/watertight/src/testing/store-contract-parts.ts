import assert from 'node:assert/strict'
import type { Committed } from '../store/commit.ts'
import type { Store } from '../store/store.ts'
import type { StoreCase } from './store-case.ts'
import {
  append,
  assertDone,
  assertRefused,
  freshStream,
  numbersTo,
  sampleAppend,
  versionOf,
} from './store-contract-samples.ts'

function mark(store: Store, id: string, generation = 0): Promise<Committed> {
  return store.commit({ inbox: { consumer: 'mailer', generation, id } })
}

/** Rows, inbox, checkpoints, and the order in which the parts of a commit are checked. */
export const partCases: readonly StoreCase[] = [
  {
    name: 'counts the versions of a row from 1, and deletes it with undefined',
    async run(store) {
      const write = (value: unknown): Promise<unknown> => store.commit({ rows: [{ table: 't', key: 'k', value }] })
      await write('a')
      await write(null)
      assert.deepEqual(await store.row('t', 'k'), { value: null, version: 2 })
      await write(undefined)
      assert.equal(await store.row('t', 'k'), undefined)
      await write(undefined)
      await write('b')
      assert.deepEqual(await store.row('t', 'k'), { value: 'b', version: 1 })
    },
  },
  {
    name: 'writes a row only at the version it is said to have',
    async run(store) {
      const write = (ifVersion: number, value: unknown): ReturnType<typeof store.commit> =>
        store.commit({ rows: [{ table: 't', key: 'k', value, ifVersion }] })
      assertRefused(await write(1, 'x'), 'CONFLICT', 0)
      assertDone(await write(0, 'x'))
      assertRefused(await write(0, 'x'), 'CONFLICT', 1)
      assertDone(await write(1, 'x'))
      assertRefused(await write(1, undefined), 'CONFLICT', 2)
      assertDone(await write(2, undefined))
      assertDone(await write(0, 'x'))
    },
  },
  {
    name: 'lets exactly one of many writers at once change a row of a version',
    async run(store) {
      const all = await Promise.all(
        numbersTo(20).map((value) => store.commit({ rows: [{ table: 't', key: 'k', value, ifVersion: 0 }] })),
      )
      assert.deepEqual(
        all.map(({ ok }) => ok),
        numbersTo(20).map((n) => n === 1),
      )
    },
  },
  {
    name: 'undoes the events of a commit whose row has another version',
    async run(store) {
      const stream = freshStream()
      const committed = await store.commit({
        appends: [sampleAppend(stream)],
        rows: [
          { table: 't', key: 'unconditional', value: 1 },
          { table: 't', key: 'k', value: 1, ifVersion: 4 },
        ],
      })
      assertRefused(committed, 'CONFLICT', 0)
      assert.equal(await versionOf(store, stream), 0)
      assert.equal(await store.row('t', 'unconditional'), undefined)
    },
  },
  {
    name: 'leaves no trace of a commit that the last of its parts refuses',
    async run(store) {
      const [stream, holder] = [freshStream(), freshStream()]
      const parts = {
        appends: [sampleAppend(stream)],
        inbox: { consumer: 'c', generation: 0, id: 'm' },
        checkpoint: { name: 'reader', from: 0, to: 7 },
        keys: { acquire: ['taken'], release: ['held'], holder },
        timers: { set: [{ key: 'timer', inMs: 0, stream }] },
      }
      assertDone(await store.commit({ keys: { acquire: ['held'], holder } }))
      const wrong = { table: 't', key: 'k', value: 1, ifVersion: 3 }
      assertRefused(
        await store.commit({ ...parts, rows: [{ table: 't', key: 'other', value: 1 }, wrong] }),
        'CONFLICT',
        0,
      )
      assert.deepEqual(await store.rows('t', ['other', 'k']), [undefined, undefined])
      assert.deepEqual(await store.scanRows('t'), [])
      assert.equal(await store.checkpoint('reader'), 0)
      assert.deepEqual(await store.due(), [])
      assert.equal((await store.readStream(stream)).version, 0)
      assertRefused(await store.commit({ keys: { acquire: ['held'], holder: stream } }), 'KEY_HELD')
      assertDone(await store.commit({ keys: { acquire: ['taken'], holder: stream } }))
      assertDone(await store.commit({ keys: { release: ['taken'], holder: stream } }))
      assertDone(await store.commit(parts))
    },
  },
  {
    name: 'reads many rows in the order they were asked for',
    async run(store) {
      await store.commit({ rows: ['a', 'b', 'c'].map((key) => ({ table: 't', key, value: key })) })
      const rows = await store.rows('t', ['c', 'missing', 'a', 'c'])
      assert.deepEqual(
        rows.map((row) => row?.value),
        ['c', undefined, 'a', 'c'],
      )
      assert.deepEqual(await store.rows('t', []), [])
    },
  },
  {
    name: 'scans a table in order of code points, a page at a time',
    async run(store) {
      const keys = ['10', '9', 'A', 'a', 'é', '\uffff', '🌊']
      await store.commit({ rows: keys.toReversed().map((key) => ({ table: 't', key, value: key })) })
      await store.commit({ rows: [{ table: 'other', key: 'b', value: 1 }] })
      const scanned: string[] = []
      for (let after: string | undefined; ; ) {
        const page = await store.scanRows('t', { max: 2, ...(after !== undefined && { after }) })
        scanned.push(...page.map(({ key }) => key))
        after = page.at(-1)?.key
        if (page.length < 2) break
      }
      assert.deepEqual(scanned, keys)
      assert.equal((await store.scanRows('t')).length, 7)
      assert.deepEqual(await store.scanRows('nothing'), [])
    },
  },
  {
    name: 'scans rows in order whose keys differ only far behind',
    async run(store) {
      const keys = ['🌊', 'é', 'b', 'a'].flatMap((end) => [`${'x'.repeat(300)}${end}`, `${'🌊'.repeat(400)}${end}`])
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      await store.commit({ rows: keys.map((key) => ({ table: 't', key, value: key })) })
      for (const [i, after] of sorted.entries()) {
        const page = await store.scanRows('t', { after, max: 3 })
        assert.deepEqual(
          page.map(({ key }) => key),
          sorted.slice(i + 1, i + 4),
        )
      }
    },
  },
  {
    name: 'takes a message into the inbox once for each consumer and generation',
    async run(store) {
      const commit = (consumer: string, generation: number, id: string): ReturnType<typeof store.commit> =>
        store.commit({ inbox: { consumer, generation, id } })
      assertDone(await commit('mail', 0, 'm-1'))
      assertRefused(await commit('mail', 0, 'm-1'), 'SEEN')
      assertDone(await commit('stock', 0, 'm-1'))
      assertDone(await commit('mail', 0, 'm-2'))
      assertDone(await commit('mail', 1, 'm-1'))
      assertRefused(await commit('mail', 0, 'm-1'), 'SEEN')
    },
  },
  {
    name: 'handles a message once that two handlers commit in the same group',
    async run(store) {
      const stream = freshStream()
      const handle = (): ReturnType<typeof store.commit> =>
        store.commit({ appends: [sampleAppend(stream)], inbox: { consumer: 'c', generation: 0, id: 'm' } })
      const [first, second] = await Promise.all([handle(), handle()])
      assertDone(first)
      assertRefused(second, 'SEEN')
      assert.equal(await versionOf(store, stream), 1)
    },
  },
  {
    name: 'forgets the messages that were handled longer ago than it is told, and no others',
    async run(store, { advance }) {
      for (const id of ['a', 'b', 'c']) assertDone(await mark(store, id))
      await advance(60_000)
      assertDone(await mark(store, 'd'))
      assertDone(await mark(store, 'a', 1))
      assert.equal(await store.pruneInbox(30_000, 2), 2)
      assert.equal(await store.pruneInbox(30_000), 1)
      assert.equal(await store.pruneInbox(30_000), 0)
      for (const id of ['a', 'b', 'c']) assertDone(await mark(store, id))
      assertRefused(await mark(store, 'd'), 'SEEN')
      assertRefused(await mark(store, 'a', 1), 'SEEN')
    },
  },
  {
    name: 'moves a checkpoint only from where it stands',
    async run(store) {
      assert.equal(await store.checkpoint('reader'), 0)
      const move = (from: number, to: number): ReturnType<typeof store.commit> =>
        store.commit({ checkpoint: { name: 'reader', from, to } })
      assertRefused(await move(1, 2), 'CONFLICT', 0)
      const both = await Promise.all([move(0, 5), move(0, 7)])
      assertDone(both[0])
      assertRefused(both[1], 'CONFLICT', 5)
      assertDone(await move(5, 9))
      assert.equal(await store.checkpoint('reader'), 9)
      assert.equal(await store.checkpoint('another'), 0)
    },
  },
  {
    name: 'takes a commit that has nothing to write',
    async run(store) {
      const committed = await store.commit({})
      assertDone(committed)
      assert.deepEqual([committed.repeated, committed.versions], [false, []])
    },
  },
  {
    name: 'checks fence, appends, inbox, checkpoint, keys, rows, in this order',
    async run(store) {
      const [stream, holder] = [freshStream(), freshStream()]
      await append(store, stream)
      await store.commit({ inbox: { consumer: 'c', generation: 0, id: 'm' }, keys: { acquire: ['key'], holder } })
      const wrong = {
        fence: { lease: 'lease', epoch: 1 },
        appends: [sampleAppend(stream, undefined, 'absent')],
        inbox: { consumer: 'c', generation: 0, id: 'm' },
        checkpoint: { name: 'reader', from: 3, to: 4 },
        keys: { acquire: ['key'], holder: stream },
        rows: [{ table: 't', key: 'k', value: 1, ifVersion: 2 }],
      }
      assertRefused(await store.commit(wrong), 'FENCED')
      const { fence: _fence, ...unfenced } = wrong
      assertRefused(await store.commit(unfenced), 'CONFLICT', 1)
      const { appends: _appends, ...rest } = unfenced
      assertRefused(await store.commit(rest), 'SEEN')
      const { inbox: _inbox, ...unseen } = rest
      assertRefused(await store.commit(unseen), 'CONFLICT', 0)
      const { checkpoint: _checkpoint, ...unread } = unseen
      assertRefused(await store.commit(unread), 'KEY_HELD')
      const { keys: _keys, ...rows } = unread
      assertRefused(await store.commit(rows), 'CONFLICT', 0)
    },
  },
]
