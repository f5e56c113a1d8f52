import assert from 'node:assert/strict'
import type { Commit, Committed } from '../store/commit.ts'
import { streamId } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import type { StoreCase } from './store-case.ts'
import {
  append,
  assertDone,
  assertRefused,
  freshStream,
  nextTurn,
  numbersTo,
  sampleAppend,
  sampleEvents,
  walkLog,
} from './store-contract-samples.ts'

const TTL = 10_000

/** What only one of many may have, and what the others are told. */
const CONTESTED: readonly { what: string; commit: (n: number) => Commit; code: 'CONFLICT' | 'SEEN' | 'KEY_HELD' }[] = [
  {
    what: 'a message',
    commit: () => ({ inbox: { consumer: 'c', generation: 0, id: 'm' } }),
    code: 'SEEN',
  },
  {
    what: 'a checkpoint',
    commit: (n) => ({ checkpoint: { name: 'reader', from: 0, to: n } }),
    code: 'CONFLICT',
  },
  {
    what: 'a concurrency key',
    commit: (n) => ({ keys: { acquire: ['key'], holder: streamId('order', `${n}`) } }),
    code: 'KEY_HELD',
  },
  {
    what: 'a row of a version',
    commit: (n) => ({ rows: [{ table: 't', key: 'k', value: n, ifVersion: 0 }] }),
    code: 'CONFLICT',
  },
  {
    what: 'a new stream',
    commit: () => ({ appends: [sampleAppend(streamId('order', 'one'), sampleEvents(1), 'absent')] }),
    code: 'CONFLICT',
  },
]

const contestedCases: readonly StoreCase[] = CONTESTED.map(({ what, commit, code }) => ({
  name: `gives ${what} to one of many commits of several stores at once`,
  needs: 'shared',
  async run(store, { open }) {
    const stores = [store, await open(), await open()]
    const marks = freshStream()
    const all = await Promise.all(
      numbersTo(30).map((n) => {
        const { appends = [], ...rest } = commit(n)
        const mark = sampleAppend(marks)
        return (stores[n % 3] ?? store).commit({ ...rest, appends: [mark, ...appends] })
      }),
    )
    assert.equal(all.filter(({ ok }) => ok).length, 1)
    for (const committed of all) if (!committed.ok) assert.equal(committed.code, code)
    assert.equal((await store.readStream(marks)).version, 1)
  },
}))

/** Reads the log to its end, again and again, until `writing` is done and nothing more comes. */
async function follow(store: Store, writing: Promise<unknown>, max: number): Promise<readonly number[]> {
  const seen: number[] = []
  let isDone = false
  void writing.finally(() => {
    isDone = true
  })
  let after = 0
  for (let isLast = false; !isLast; ) {
    isLast = isDone
    const { events, settled } = await store.readLog({ after, max })
    seen.push(...events.map(({ position }) => position))
    if (settled > after) isLast = false
    after = settled
    await nextTurn()
  }
  return seen
}

/** Several stores on one database that write and read at once. */
export const sharingCases: readonly StoreCase[] = [
  ...contestedCases,
  {
    name: 'shows every reader all events once and in order while several stores write',
    needs: 'shared',
    async run(store, { open }) {
      const stores = [store, await open(), await open()]
      const hot = freshStream()
      const writing = Promise.all(
        stores.map(async (one) => {
          for (const round of numbersTo(12)) {
            await Promise.all([append(one, hot, 2), append(one, freshStream(), round), append(one, freshStream(), 1)])
          }
        }),
      )
      const readers = await Promise.all(stores.map((one, i) => follow(one, writing, 5 + i * 50)))
      const log = await walkLog(store)
      assert.equal(log.length, 3 * 12 * 3 + 3 * 78)
      for (const seen of readers) {
        assert.deepEqual(
          seen,
          log.map(({ position }) => position),
        )
      }
      assert.deepEqual(
        log.filter(({ stream }) => stream.id === hot.id).map(({ version }) => version),
        numbersTo(72),
      )
    },
  },
  {
    name: 'shares the work of a subscription between members: who lost the lease cannot move the checkpoint any more',
    needs: 'shared',
    async run(store, { open, advance }) {
      const other = await open()
      await append(store, freshStream(), 4)
      const move = (
        one: Store,
        fence: { lease: string; epoch: number },
        from: number,
        to: number,
      ): Promise<Committed> =>
        one.commit({
          checkpoint: { name: 'reader', from, to },
          rows: [{ table: 'seen', key: `${to}`, value: to, ifVersion: 0 }],
          fence,
        })
      const first = await store.acquire('reader', TTL)
      assert.ok(first)
      assert.equal(await other.acquire('reader', TTL), undefined)
      assertDone(await move(store, first, 0, 2))
      await advance(TTL)
      const second = await other.acquire('reader', TTL)
      assert.ok(second)
      assertRefused(await move(store, first, 2, 4), 'FENCED')
      assertDone(await move(other, second, await other.checkpoint('reader'), 3))
      assertRefused(await move(store, first, 3, 4), 'FENCED')
      assert.equal(await store.checkpoint('reader'), 3)
      assert.deepEqual(
        (await store.scanRows('seen')).map(({ value }) => value),
        [2, 3],
      )
    },
  },
  {
    name: 'brings two stores that each write many of the same streams in another order to an end',
    needs: 'shared',
    async run(store, { open }) {
      const other = await open()
      const streams = numbersTo(12).map(() => freshStream())
      const rounds = numbersTo(8)
      const write = (one: Store, order: typeof streams): Promise<readonly Committed[]> =>
        Promise.all(
          rounds.map((n) =>
            one.commit({
              appends: order.map((stream) => sampleAppend(stream)),
              rows: order.map((stream) => ({ table: 't', key: stream.id, value: n })),
              keys: {
                acquire: order.map(({ id }) => id),
                release: order.map(({ id }) => `${id}-free`),
                holder: freshStream('saga'),
              },
            }),
          ),
        )
      const all = await Promise.all([write(store, streams), write(other, streams.toReversed())])
      const done = all.flat().filter(({ ok }) => ok)
      assert.equal(done.length, 1)
      const rest = await Promise.all(
        [store, other].flatMap((one, i) =>
          rounds.map(() =>
            one.commit({
              appends: (i === 0 ? streams : streams.toReversed()).map((stream) => sampleAppend(stream)),
              rows: (i === 0 ? streams : streams.toReversed()).map(({ id }) => ({ table: 't', key: id, value: i })),
            }),
          ),
        ),
      )
      for (const committed of rest) assertDone(committed)
      for (const stream of streams) assert.equal((await store.readStream(stream)).version, 17)
    },
  },
]
