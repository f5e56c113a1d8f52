import type { Commit } from '../store/commit.ts'
import { streamId } from '../store/event.ts'
import type { StoreCase } from './store-case.ts'
import { rejects, sampleAppend, sampleEvent, walkLog } from './store-contract-samples.ts'
import assert from 'node:assert/strict'

const STREAM = streamId('order', 'o-1')
const cycle: { self?: unknown } = {}
cycle.self = cycle

const appendOf = (change: object): Commit => ({ appends: [{ ...sampleAppend(STREAM), ...change }] })
const eventOf = (change: object): Commit => ({ appends: [sampleAppend(STREAM, [{ ...sampleEvent(), ...change }])] })

const INVALID: readonly { what: string; commit: Commit; message: RegExp }[] = [
  {
    what: 'two appends for one stream',
    commit: { appends: [sampleAppend(STREAM), sampleAppend(STREAM)] },
    message: /distinct/,
  },
  {
    what: 'an append without events',
    commit: appendOf({ events: [] }),
    message: /appends\[0\]\.events .*at least one/,
  },
  { what: 'a negative expected version', commit: appendOf({ expected: -1 }), message: /expected .*-1/ },
  { what: 'a fractional expected version', commit: appendOf({ expected: 1.5 }), message: /expected .*1\.5/ },
  { what: 'an expected version of NaN', commit: appendOf({ expected: Number.NaN }), message: /expected .*NaN/ },
  { what: 'an unknown expectation', commit: appendOf({ expected: 'empty' }), message: /expected .*"empty"/ },
  { what: 'an empty append id', commit: appendOf({ appendId: '' }), message: /appendId .*""/ },
  { what: 'an empty stream id', commit: appendOf({ stream: streamId('order', '') }), message: /stream\.id/ },
  { what: 'an empty tenant', commit: appendOf({ stream: { ...STREAM, tenant: '' } }), message: /stream\.tenant/ },
  { what: 'a stream id with NUL', commit: appendOf({ stream: streamId('order', 'a\0b') }), message: /without NUL/ },
  {
    what: 'a lone surrogate in a category',
    commit: appendOf({ stream: streamId('\ud800', 'a') }),
    message: /category/,
  },
  {
    what: 'a stream id of 1,025 characters',
    commit: appendOf({ stream: streamId('order', 'x'.repeat(1_025)) }),
    message: /1024/,
  },
  { what: 'an event without a type', commit: eventOf({ type: '' }), message: /events\[0\]\.type/ },
  { what: 'an event without an id', commit: eventOf({ id: '' }), message: /events\[0\]\.id/ },
  { what: 'a fractional schema', commit: eventOf({ schema: 0.5 }), message: /schema .*0\.5/ },
  { what: 'an event without meta', commit: eventOf({ meta: undefined }), message: /meta/ },
  { what: 'data with a bigint', commit: eventOf({ data: { n: 1n } }), message: /data .*JSON/ },
  { what: 'data with a cycle', commit: eventOf({ data: cycle }), message: /data .*JSON/ },
  { what: 'a function as data', commit: eventOf({ data: () => 1 }), message: /data .*JSON/ },
  {
    what: 'two writes of one row',
    commit: {
      rows: [
        { table: 't', key: 'k', value: 1 },
        { table: 't', key: 'k', value: 2 },
      ],
    },
    message: /distinct/,
  },
  {
    what: 'a negative row version',
    commit: { rows: [{ table: 't', key: 'k', value: 1, ifVersion: -1 }] },
    message: /ifVersion .*-1/,
  },
  {
    what: 'a timer in NaN milliseconds',
    commit: { timers: { set: [{ key: 'k', inMs: Number.NaN, stream: STREAM }] } },
    message: /inMs .*NaN/,
  },
  {
    what: 'a timer in endless time',
    commit: { timers: { set: [{ key: 'k', inMs: Infinity, stream: STREAM }] } },
    message: /inMs/,
  },
  {
    what: 'a checkpoint at a fraction',
    commit: { checkpoint: { name: 'c', from: 0, to: 0.5 } },
    message: /checkpoint\.to/,
  },
  {
    what: 'a negative generation',
    commit: { inbox: { consumer: 'c', generation: -1, id: 'm' } },
    message: /generation/,
  },
  {
    what: 'two retentions of one stream',
    commit: { retention: [{ stream: STREAM }, { stream: STREAM, close: true }] },
    message: /distinct/,
  },
  {
    what: 'truncation at a fraction',
    commit: { retention: [{ stream: STREAM, truncate: 0.5 }] },
    message: /truncate .*0\.5/,
  },
  { what: 'a fence without a lease', commit: { fence: { lease: '', epoch: 1 } }, message: /fence\.lease/ },
]

const invalidCases: readonly StoreCase[] = INVALID.map(({ what, commit, message }) => ({
  name: `refuses ${what} as INVALID_COMMIT, and its neighbours not`,
  async run(store) {
    const neighbour = store.commit({ appends: [sampleAppend(streamId('order', 'neighbour'))] })
    await rejects(store.commit(commit), 'INVALID_COMMIT', message)
    await neighbour
    assert.equal((await walkLog(store)).length, 1)
  },
}))

/** What no store takes. */
export const refusalCases: readonly StoreCase[] = [
  ...invalidCases,
  {
    name: 'refuses a part it does not know instead of dropping it',
    async run(store) {
      const commit: Commit = Object.assign({ rows: [] }, { outbox: [{ topic: 't' }] })
      await rejects(store.commit(commit), 'INVALID_COMMIT', /outbox/)
    },
  },
  {
    name: 'refuses a lease time that is not positive',
    async run(store) {
      for (const ttl of [0, -1, Number.NaN, Infinity]) await rejects(store.acquire('l', ttl), 'INVALID_OPTION', /ttlMs/)
    },
  },
  {
    name: 'refuses to read no events at all',
    async run(store) {
      for (const max of [0, -1, 1.5]) {
        await rejects(store.readStream(STREAM, { max }), 'INVALID_OPTION', /max/)
        await rejects(store.readLog({ after: 0, max }), 'INVALID_OPTION', /max/)
      }
    },
  },
  {
    name: 'refuses to read from a place that is no number of an event',
    async run(store) {
      for (const place of [-1, 1.5, Number.NaN, Infinity]) {
        await rejects(store.readStream(STREAM, { from: place }), 'INVALID_OPTION', /from/)
        await rejects(store.readLog({ after: place }), 'INVALID_OPTION', /after/)
      }
    },
  },
  {
    name: 'finds nothing under a name it would have altered',
    async run(store) {
      await store.commit({ rows: [{ table: 't', key: '\ufffd', value: 1 }] })
      await rejects(store.row('t', '\ud800'), 'INVALID_COMMIT', /surrogates/)
      await rejects(store.rows('t', ['\ud800']), 'INVALID_COMMIT', /surrogates/)
      await rejects(store.readStream(streamId('order', '\ud800')), 'INVALID_COMMIT', /surrogates/)
      await rejects(store.readLog({ after: 0, tenant: '\ud800' }), 'INVALID_COMMIT', /surrogates/)
      await rejects(store.readLog({ after: 0, categories: ['\ud800'] }), 'INVALID_COMMIT', /surrogates/)
      await rejects(store.due({ category: '\ud800' }), 'INVALID_COMMIT', /surrogates/)
      await rejects(store.checkpoint('\ud800'), 'INVALID_COMMIT', /surrogates/)
    },
  },
]
