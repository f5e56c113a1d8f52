import assert from 'node:assert/strict'
import { streamId } from '../store/event.ts'
import type { ReadStream } from '../store/store.ts'
import { positionOfToken } from '../store/token.ts'
import type { StoreCase } from './store-case.ts'
import { append, assertDone, freshStream, nextTurn, numbersTo, walkLog } from './store-contract-samples.ts'

const STREAM_READS: readonly { options: ReadStream; versions: readonly number[] }[] = [
  { options: {}, versions: [1, 2, 3, 4, 5] },
  { options: { max: 2 }, versions: [1, 2] },
  { options: { from: 3 }, versions: [3, 4, 5] },
  { options: { from: 3, max: 1 }, versions: [3] },
  { options: { from: 6 }, versions: [] },
  { options: { direction: 'backwards' }, versions: [5, 4, 3, 2, 1] },
  { options: { direction: 'backwards', max: 2 }, versions: [5, 4] },
  { options: { direction: 'backwards', from: 3 }, versions: [3, 2, 1] },
  { options: { direction: 'backwards', from: 3, max: 2 }, versions: [3, 2] },
  { options: { direction: 'backwards', from: 9, max: 1 }, versions: [5] },
]

const streamCases: readonly StoreCase[] = STREAM_READS.map(({ options, versions }) => ({
  name: `reads versions [${versions.join(', ')}] of a stream of 5 with ${JSON.stringify(options)}`,
  async run(store) {
    const stream = freshStream()
    await append(store, freshStream(), 3)
    await append(store, stream, 5)
    const page = await store.readStream(stream, options)
    assert.deepEqual(
      page.events.map(({ version }) => version),
      versions,
    )
    assert.equal(page.version, 5)
  },
}))

/** Streams, the log and its order, filters. */
export const readingCases: readonly StoreCase[] = [
  ...streamCases,
  {
    name: 'reads a stream without events as empty at version 0',
    async run(store) {
      assert.deepEqual(await store.readStream(freshStream()), { events: [], version: 0 })
      assert.deepEqual(await store.readStream(freshStream(), { direction: 'backwards' }), { events: [], version: 0 })
    },
  },
  {
    name: 'numbers positions from 1, rising in the order of versions of every stream',
    async run(store) {
      const streams = numbersTo(5).map(() => freshStream())
      await Promise.all(numbersTo(10).flatMap(() => streams.map((stream) => append(store, stream, 2))))
      const log = await walkLog(store)
      assert.equal(log[0]?.position, 1)
      assert.equal(log.length, 100)
      for (const [i, event] of log.entries()) assert.ok(i === 0 || event.position > (log[i - 1]?.position ?? 0))
      for (const { id } of streams) {
        const versions = log.filter(({ stream }) => stream.id === id).map(({ version }) => version)
        assert.deepEqual(versions, numbersTo(20))
      }
    },
  },
  {
    name: 'gives a token of the last position of a commit, which means nothing in another incarnation',
    async run(store) {
      const committed = await append(store, freshStream(), 3)
      assertDone(committed)
      const last = (await walkLog(store)).at(-1)?.position
      assert.equal(positionOfToken(store.incarnation, committed.token), last)
      assert.equal(positionOfToken('another', committed.token), undefined)
      const rowOnly = await store.commit({ rows: [{ table: 't', key: 'k', value: 1 }] })
      assertDone(rowOnly)
      assert.equal(rowOnly.token, committed.token)
    },
  },
  {
    name: 'walks the log in pages of any size without skipping or repeating an event',
    async run(store) {
      await Promise.all(numbersTo(30).map((n) => append(store, freshStream(n % 3 === 0 ? 'order' : 'stock'))))
      for (const max of [1, 7, 29, 30, 31]) {
        const walked = await walkLog(store, { max })
        assert.deepEqual(
          walked.map(({ position }) => position),
          (await walkLog(store)).map(({ position }) => position),
        )
        assert.equal((await walkLog(store, { max, categories: ['order'] })).length, 10)
      }
    },
  },
  {
    name: 'settles at the end of the log, also when nothing there matches',
    async run(store) {
      await append(store, freshStream('stock'), 3)
      const last = (await walkLog(store)).at(-1)?.position
      assert.deepEqual(await store.readLog({ after: 0, categories: ['order'] }), { events: [], settled: last })
      assert.deepEqual(await store.readLog({ after: last ?? 0 }), { events: [], settled: last })
    },
  },
  {
    name: 'settles before a position that lies ahead of the whole log, so that a foreign checkpoint shows',
    async run(store) {
      await append(store, freshStream(), 2)
      const { events, settled } = await store.readLog({ after: 1_000 })
      assert.deepEqual(events, [])
      assert.ok(settled < 1_000)
    },
  },
  {
    name: 'shows a reader every event once and in order while writers go on',
    async run(store) {
      const seen: number[] = []
      let writing = true
      const reader = (async () => {
        let after = 0
        for (let last = false; !last; ) {
          last = !writing
          const { events, settled } = await store.readLog({ after, max: 7 })
          seen.push(...events.map(({ position }) => position))
          if (settled > after) last = false
          after = settled
          if (events.length === 0) await nextTurn()
        }
      })()
      for (const round of numbersTo(20)) {
        await Promise.all(numbersTo(5).map(() => append(store, freshStream(), (round % 3) + 1)))
      }
      writing = false
      await reader
      assert.deepEqual(
        seen,
        (await walkLog(store)).map(({ position }) => position),
      )
    },
  },
  {
    name: 'reads the log of some categories, and of one tenant',
    async run(store) {
      const placed = [
        streamId('order', 'a'),
        streamId('stock', 'a'),
        streamId('cart', 'a'),
        streamId('order', 'a', 'acme'),
      ]
      for (const stream of placed) await append(store, stream)
      const read = async (options: { tenant?: string; categories?: readonly string[] }): Promise<readonly string[]> =>
        (await walkLog(store, options)).map(({ stream }) => `${stream.tenant}/${stream.category}`)
      assert.deepEqual(await read({ categories: ['order', 'cart'] }), ['default/order', 'default/cart', 'acme/order'])
      assert.deepEqual(await read({ tenant: 'acme' }), ['acme/order'])
      assert.deepEqual(await read({ tenant: 'default', categories: ['order'] }), ['default/order'])
      assert.deepEqual(await read({ categories: [] }), [])
    },
  },
  {
    name: 'keeps streams of the same id in different tenants and categories apart',
    async run(store) {
      const streams = [streamId('order', 'x'), streamId('stock', 'x'), streamId('order', 'x', 'acme')]
      for (const stream of streams) assertDone(await append(store, stream, 1, 'absent'))
    },
  },
  {
    name: 'holds 10,000 streams',
    async run(store) {
      const streams = numbersTo(10_000).map((n) => streamId('many', `stream-${n}`))
      await Promise.all(streams.map((stream) => append(store, stream, 1, 'absent')))
      assert.equal((await walkLog(store)).length, 10_000)
      const { version, events } = await store.readStream(streamId('many', 'stream-7777'))
      assert.deepEqual([version, events.length], [1, 1])
    },
  },
]
