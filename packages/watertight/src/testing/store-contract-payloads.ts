import assert from 'node:assert/strict'
import { streamId } from '../store/event.ts'
import type { StoreCase } from './store-case.ts'
import { append, assertDone, freshStream, sampleAppend, sampleEvent, walkLog } from './store-contract-samples.ts'

const PAYLOADS: readonly { what: string; data: unknown }[] = [
  { what: 'nothing at all', data: undefined },
  { what: 'null', data: null },
  { what: 'an empty string', data: '' },
  { what: 'NUL in strings and names', data: { 'a\0b': '\0' } },
  { what: 'lone surrogates', data: ['\ud800', 'x\udfff', { '\udc00': 1 }] },
  { what: 'characters beyond the basic plane', data: { '🌊': '👩‍👩‍👧‍👦 𝕊' } },
  { what: 'a property named __proto__', data: JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') },
  { what: 'numbers at the edge', data: [0, Number.MAX_SAFE_INTEGER, 5e-324, 1.7976931348623157e308, -0.1] },
  { what: 'a string of 2 MB', data: 'wave '.repeat(400_000) },
]

const payloadRoundTrips: readonly StoreCase[] = PAYLOADS.map(({ what, data }) => ({
  name: `keeps ${what} exactly, in events and rows`,
  async run(store) {
    const stream = freshStream()
    const event = { ...sampleEvent(), data }
    const rows = data === undefined ? [] : [{ table: 't', key: 'k', value: data }]
    assertDone(await store.commit({ appends: [sampleAppend(stream, [event])], rows }))
    const [read] = (await store.readStream(stream)).events
    assert.deepEqual(read?.data, data)
    const row = await store.row('t', 'k')
    assert.deepEqual(row?.value, data)
  },
}))

const STRANGE_NAMES = [
  "Robert'); DROP TABLE events;--",
  'a/b',
  'a:b',
  '%',
  '_',
  ' ',
  'é',
  'e\u0301',
  'É',
  '漢字',
  '👩‍👩‍👧‍👦',
  '\u0001',
  '\uffff',
  '__proto__',
  'x'.repeat(1_024),
  // Neither short nor compressible: longer than an index of most databases takes.
  String.fromCodePoint(...Array.from({ length: 512 }, (_, i) => 0x20000 + ((i * 7_919) % 42_000))),
]

/** What goes in comes out: payloads, meta and names. */
export const payloadCases: readonly StoreCase[] = [
  ...payloadRoundTrips,
  {
    name: 'gives every field of an event back',
    async run(store) {
      const stream = streamId('order', 'o-1', 'acme')
      const full = {
        id: '0193a0a0-0000-7000-8000-000000000001',
        type: 'order.placed',
        schema: 3,
        data: { total: 12.5 },
        subject: 'customer-17850',
        meta: { correlation: 'c\0\ud800', causation: '', traceparent: '00-4bf9-00f0-01', actor: 'shopper' },
      }
      const bare = sampleEvent()
      await store.commit({ appends: [sampleAppend(stream, [full, bare])] })
      const [first, second] = (await store.readStream(stream)).events
      assert.ok(first && second)
      const { at, ...rest } = first
      assert.deepEqual(rest, { ...full, stream, version: 1, position: 1 })
      assert.ok(Number.isFinite(at))
      assert.deepEqual(Object.keys(second).includes('subject'), false)
      assert.deepEqual(second.meta, bare.meta)
      assert.deepEqual(await walkLog(store), [first, second])
    },
  },
  {
    name: 'takes strange names for streams, and none for another',
    async run(store) {
      for (const id of STRANGE_NAMES) {
        assertDone(await append(store, streamId('order', id), 1, 'absent'))
        assertDone(await append(store, streamId(id, 'order'), 1, 'absent'))
      }
      const log = await walkLog(store)
      assert.deepEqual(
        log.map(({ stream }) => stream.id),
        STRANGE_NAMES.flatMap((id) => [id, 'order']),
      )
      assert.equal((await walkLog(store, { categories: ["Robert'); DROP TABLE events;--", '漢字'] })).length, 2)
    },
  },
  {
    name: 'takes strange names for everything else',
    async run(store) {
      for (const name of STRANGE_NAMES) {
        const stream = streamId('order', name)
        const committed = await store.commit({
          appends: [
            { stream, expected: 'absent', appendId: name, events: [{ ...sampleEvent(), type: name, subject: name }] },
          ],
          inbox: { consumer: name, generation: 0, id: name },
          checkpoint: { name, from: 0, to: 1 },
          timers: { set: [{ key: name, inMs: 0, stream }] },
          keys: { acquire: [name], holder: stream },
          rows: [{ table: name, key: name, value: name }],
        })
        assertDone(committed)
        assert.deepEqual((await store.row(name, name))?.value, name)
        assert.equal(await store.checkpoint(name), 1)
        assert.ok(await store.acquire(name, 1_000))
      }
      assert.deepEqual(
        (await store.due()).map(({ key }) => key),
        STRANGE_NAMES,
      )
    },
  },
  {
    name: 'shares no payload with its callers',
    async run(store) {
      const stream = freshStream()
      const data = { items: ['first'] }
      const value = { items: ['first'] }
      const committing = store.commit({
        appends: [sampleAppend(stream, [sampleEvent(data)])],
        rows: [{ table: 't', key: 'k', value }],
      })
      data.items.push('too late')
      value.items.push('too late')
      await committing
      const expected = { items: ['first'] }
      for (const again of [1, 2]) {
        const read = [(await store.readStream(stream)).events[0]?.data, (await store.row('t', 'k'))?.value]
        assert.deepEqual(read, [expected, expected], `reading ${again}`)
        for (const copy of read) if (copy !== null && typeof copy === 'object') Object.assign(copy, { items: [] })
      }
    },
  },
]
