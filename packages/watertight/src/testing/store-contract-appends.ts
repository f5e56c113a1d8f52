import assert from 'node:assert/strict'
import type { Append, Expected } from '../store/commit.ts'
import type { NewEvent } from '../store/event.ts'
import type { StoreCase } from './store-case.ts'
import {
  append,
  assertDone,
  assertRefused,
  freshStream,
  numbersTo,
  sampleAppend,
  sampleEvent,
  sampleEvents,
  versionOf,
  walkLog,
} from './store-contract-samples.ts'

const EXPECTATIONS: readonly { expected: Expected; version: number; fits: boolean }[] = [
  { expected: 'any', version: 0, fits: true },
  { expected: 'any', version: 3, fits: true },
  { expected: 'absent', version: 0, fits: true },
  { expected: 'absent', version: 3, fits: false },
  { expected: 'present', version: 0, fits: false },
  { expected: 'present', version: 3, fits: true },
  { expected: 0, version: 0, fits: true },
  { expected: 0, version: 3, fits: false },
  { expected: 3, version: 3, fits: true },
  { expected: 3, version: 0, fits: false },
  { expected: 2, version: 3, fits: false },
  { expected: 4, version: 3, fits: false },
]

const expectedVersionCases: readonly StoreCase[] = EXPECTATIONS.map(({ expected, version, fits }) => ({
  name: `${fits ? 'takes' : 'refuses'} an append that expects ${expected} of a stream at version ${version}`,
  async run(store) {
    const stream = freshStream()
    if (version > 0) await append(store, stream, version)
    const committed = await append(store, stream, 2, expected)
    if (fits) {
      assertDone(committed)
      assert.deepEqual(committed.versions, [version + 2])
    } else {
      assertRefused(committed, 'CONFLICT', version)
    }
    assert.equal(await versionOf(store, stream), fits ? version + 2 : version)
  },
}))

const OTHER_EVENTS: readonly { change: string; events: (events: readonly NewEvent[]) => readonly NewEvent[] }[] = [
  { change: 'other data', events: (events) => events.map((event) => ({ ...event, data: { n: 99 } })) },
  { change: 'another type', events: (events) => events.map((event) => ({ ...event, type: 'order.closed' })) },
  { change: 'another schema', events: (events) => events.map((event) => ({ ...event, schema: 2 })) },
  { change: 'another subject', events: (events) => events.map((event) => ({ ...event, subject: 'customer-1' })) },
  { change: 'fewer events', events: (events) => events.slice(1) },
  { change: 'more events', events: (events) => [...events, sampleEvent()] },
]

const idReusedCases: readonly StoreCase[] = OTHER_EVENTS.map(({ change, events }) => ({
  name: `refuses an append id that comes again with ${change}`,
  async run(store) {
    const first = sampleAppend(freshStream(), sampleEvents(3))
    await store.commit({ appends: [first] })
    await append(store, first.stream)
    assertRefused(await store.commit({ appends: [{ ...first, events: events(first.events) }] }), 'ID_REUSED')
    assert.equal(await versionOf(store, first.stream), 4)
  },
}))

/** Expected versions, repetitions, atomicity and grouping of appends. */
export const appendCases: readonly StoreCase[] = [
  ...expectedVersionCases,
  ...idReusedCases,
  {
    name: 'never conflicts on any, also with 50 writers at once, and keeps their order of arrival',
    async run(store) {
      const stream = freshStream()
      const all = await Promise.all(numbersTo(50).map(() => append(store, stream)))
      const versions = all.map((committed) => (committed.ok ? committed.versions[0] : committed))
      assert.deepEqual(versions, numbersTo(50))
    },
  },
  {
    name: 'lets exactly one of 50 writers at once make a stream',
    async run(store) {
      const stream = freshStream()
      const [winner, ...losers] = await Promise.all(numbersTo(50).map(() => append(store, stream, 2, 'absent')))
      assert.ok(winner)
      assertDone(winner)
      for (const loser of losers) assertRefused(loser, 'CONFLICT', 2)
    },
  },
  {
    name: 'answers a repeated append with its first result, before it looks at the version',
    async run(store) {
      const stream = freshStream()
      const first = sampleAppend(stream, sampleEvents(2), 'absent')
      const committed = await store.commit({ appends: [first] })
      await append(store, stream, 5)
      assertDone(committed)
      assert.equal(committed.repeated, false)
      assert.deepEqual(await store.commit({ appends: [first] }), { ...committed, repeated: true })
      assert.equal(await versionOf(store, stream), 7)
    },
  },
  {
    name: 'knows a repeated append whose event ids and meta were made anew',
    async run(store) {
      const first = sampleAppend(freshStream(), [sampleEvent({ n: 1 })], 'absent')
      await store.commit({ appends: [first] })
      const committed = await store.commit({ appends: [{ ...first, events: [sampleEvent({ n: 1 })] }] })
      assertDone(committed)
      assert.equal(committed.repeated, true)
    },
  },
  {
    name: 'makes an append once that waits twice in the same group',
    async run(store) {
      const twice = sampleAppend(freshStream(), sampleEvents(2), 'absent')
      const all = await Promise.all([store.commit({ appends: [twice] }), store.commit({ appends: [twice] })])
      assert.deepEqual(
        all.map((committed) => committed.ok && committed.repeated),
        [false, true],
      )
      assert.equal(await versionOf(store, twice.stream), 2)
    },
  },
  {
    name: 'writes nothing else of a commit whose appends were all made before',
    async run(store) {
      const once = sampleAppend(freshStream())
      await store.commit({ appends: [once], rows: [{ table: 't', key: 'k', value: 1 }] })
      await store.commit({ appends: [once], rows: [{ table: 't', key: 'k', value: 2 }] })
      assert.deepEqual(await store.row('t', 'k'), { value: 1, version: 1 })
    },
  },
  {
    name: 'makes what is new in a commit of which a part was made before',
    async run(store) {
      const before = sampleAppend(freshStream(), sampleEvents(2))
      const after = sampleAppend(freshStream(), sampleEvents(3), 'absent')
      await store.commit({ appends: [before] })
      const committed = await store.commit({ appends: [before, after] })
      assertDone(committed)
      assert.equal(committed.repeated, false)
      assert.deepEqual(committed.versions, [2, 3])
      assert.equal(await versionOf(store, before.stream), 2)
    },
  },
  {
    name: 'keeps the append ids of streams apart',
    async run(store) {
      const one = sampleAppend(freshStream(), undefined, 'absent')
      const two: Append = { ...one, stream: freshStream(), events: [sampleEvent({ n: 2 })] }
      assertDone(await store.commit({ appends: [one] }))
      assertDone(await store.commit({ appends: [two] }))
    },
  },
  {
    name: 'tells of an append by its id, before anything is decided',
    async run(store) {
      const stream = freshStream()
      await append(store, stream, 4)
      const known = sampleAppend(stream, sampleEvents(3))
      assert.equal(await store.appended(stream, known.appendId), undefined)
      const committed = await store.commit({ appends: [known] })
      await append(store, stream)
      assertDone(committed)
      assert.deepEqual(await store.appended(stream, known.appendId), { version: 7, size: 3, token: committed.token })
      assert.equal(await store.appended(freshStream(), known.appendId), undefined)
    },
  },
  {
    name: 'writes all streams of a commit or none',
    async run(store) {
      const [free, taken] = [freshStream(), freshStream()]
      await append(store, taken)
      const refused = await store.commit({
        appends: [sampleAppend(free), sampleAppend(taken, sampleEvents(1), 'absent')],
        rows: [{ table: 't', key: 'k', value: 1 }],
        timers: { set: [{ key: 'timer', inMs: 0, stream: free }] },
        keys: { acquire: ['key'], holder: free },
        checkpoint: { name: 'reader', from: 0, to: 1 },
        inbox: { consumer: 'c', generation: 0, id: 'm' },
      })
      assertRefused(refused, 'CONFLICT', 1)
      assert.equal(await versionOf(store, free), 0)
      assert.equal(await store.row('t', 'k'), undefined)
      assert.equal(await store.checkpoint('reader'), 0)
      assert.deepEqual(await store.due(), [])
      assertDone(await store.commit({ keys: { acquire: ['key'], holder: taken } }))
      assertDone(await store.commit({ inbox: { consumer: 'c', generation: 0, id: 'm' } }))
      assert.equal((await walkLog(store)).length, 1)
    },
  },
  {
    name: 'lets no refused commit fail its neighbours in the group',
    async run(store) {
      const [contested, ...streams] = [freshStream(), ...numbersTo(20).map(() => freshStream())]
      const all = await Promise.all([
        append(store, contested),
        ...streams.flatMap((stream) => [append(store, contested, 1, 'absent'), append(store, stream, 2, 'absent')]),
      ])
      assert.equal(all.filter(({ ok }) => ok).length, 21)
      assert.equal((await walkLog(store)).length, 41)
    },
  },
]
