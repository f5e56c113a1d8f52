import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Commit, memoryStore, type Store, streamId } from '../store/index.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { sqliteStore } from './sqlite-store.ts'

let folder: string
let file = 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'watertight-model-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

const few = fc.constantFrom('a', 'b', 'c')
const stream = few.map((id) => streamId('order', id))
const version = fc.nat({ max: 4 })
const event = fc.record({
  id: few,
  type: few,
  schema: fc.constant(1),
  data: fc.constantFrom(null, 1, 'x'),
  meta: fc.constant({ correlation: 'c', causation: 'c' }),
})
const append = fc.record({
  stream,
  expected: fc.oneof(fc.constantFrom('any' as const, 'absent' as const, 'present' as const), version),
  appendId: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
  events: fc.array(event, { minLength: 1, maxLength: 3 }),
})
const commit: fc.Arbitrary<Commit> = fc.record(
  {
    appends: fc.uniqueArray(append, { maxLength: 2, selector: ({ stream: { id } }) => id }),
    retention: fc.uniqueArray(fc.record({ stream, truncate: version, close: fc.nat({ max: 5 }).map((n) => n === 0) }), {
      maxLength: 2,
      selector: ({ stream: { id } }) => id,
    }),
    inbox: fc.record({ consumer: few, generation: fc.nat({ max: 1 }), id: few }),
    checkpoint: fc.record({ name: few, from: version, to: version }),
    timers: fc.record({
      set: fc.array(fc.record({ key: few, inMs: fc.constantFrom(0, 10, 25), stream }), { maxLength: 2 }),
      clear: fc.array(few, { maxLength: 2 }),
    }),
    keys: fc.record({
      acquire: fc.array(few, { maxLength: 2 }),
      release: fc.array(few, { maxLength: 2 }),
      holder: stream,
    }),
    rows: fc.uniqueArray(fc.record({ table: few, key: few, value: fc.nat() }), {
      maxLength: 2,
      selector: ({ table, key }) => table + key,
    }),
    fence: fc.record({ lease: few, epoch: fc.integer({ min: 1, max: 2 }) }),
  },
  { requiredKeys: [] },
)

type Action = (store: Store) => Promise<unknown>

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: commit.map(
      (value): Action =>
        (store) =>
          store.commit(value),
    ),
  },
  {
    weight: 1,
    arbitrary: few.map(
      (lease): Action =>
        (store) =>
          store.acquire(lease, 15),
    ),
  },
  {
    weight: 1,
    arbitrary: few.map(
      (lease): Action =>
        (store) =>
          store.renew({ lease, epoch: 1 }, 15),
    ),
  },
  {
    weight: 1,
    arbitrary: few.map(
      (lease): Action =>
        (store) =>
          store.release({ lease, epoch: 1 }),
    ),
  },
)

/** Each round: what is done at once, and how much time passes then. */
const history = fc.array(fc.record({ together: fc.array(action, { maxLength: 6 }), ms: fc.constantFrom(0, 5, 20) }), {
  maxLength: 12,
})

async function marksOf(store: Store, id: string): Promise<unknown> {
  const { events, ...marks } = await store.readStream(streamId('order', id))
  return { ...marks, versions: events.map((one) => one.version) }
}

async function everythingIn(store: Store): Promise<unknown> {
  const names = ['a', 'b', 'c']
  const { events, settled } = await store.readLog({ after: 0 })
  return {
    events: events.map(({ at: _at, ...rest }) => rest),
    settled,
    streams: await Promise.all(names.map((id) => marksOf(store, id))),
    rows: await Promise.all(names.map((name) => store.scanRows(name))),
    checkpoints: await Promise.all(names.map((name) => store.checkpoint(name))),
    due: (await store.due()).map(({ key, stream: { id } }) => ({ key, id })),
  }
}

function withoutToken(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'token' in result ? { ...result, token: '' } : result
}

async function replay(store: Store, runtime: VirtualRuntime, rounds: readonly Round[]): Promise<unknown> {
  const seen: unknown[] = []
  for (const { together, ms } of rounds) {
    const results = await Promise.all(together.map((act) => act(store)))
    await runtime.advance(ms)
    seen.push(results.map(withoutToken), await everythingIn(store))
  }
  await store.close()
  return seen
}

interface Round {
  readonly together: readonly Action[]
  readonly ms: number
}

it('The SQLite store does what the memory store does, whatever is committed', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (rounds) => {
      const [one, two] = [new VirtualRuntime(), new VirtualRuntime()]
      const embedded = await sqliteStore({ file: join(folder, `${file++}.db`), runtime: two, maxGroup: 4 })
      const expected = await replay(memoryStore({ runtime: one }), one, rounds)
      expect(await replay(embedded, two, rounds)).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})
