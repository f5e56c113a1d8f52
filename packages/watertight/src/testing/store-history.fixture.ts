import * as fc from 'fast-check'
import type { Commit } from '../store/commit.ts'
import { streamId } from '../store/event.ts'
import type { Store } from '../store/store.ts'

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
const row = fc.record(
  { table: few, key: few, value: fc.option(fc.nat(), { nil: undefined, freq: 3 }), ifVersion: fc.nat({ max: 2 }) },
  { requiredKeys: ['table', 'key', 'value'] },
)
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
    rows: fc.uniqueArray(row, {
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

/** What is done in a round, and how much time passes then. */
interface Round {
  readonly together: readonly Action[]
  readonly ms: number
}

/** Each round: what is done at once, and how much time passes then. */
export const storeHistory: fc.Arbitrary<readonly Round[]> = fc.array(
  fc.record({ together: fc.array(action, { maxLength: 6 }), ms: fc.constantFrom(0, 5, 20) }),
  {
    maxLength: 12,
  },
)

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

/**
 * Does to a store what a history says; gives all results, and after each round everything that is in the store, as an adapter
 * shows it. `inTurn`: one after the other within a round, for adapters that do not keep the order of arrival between streams.
 */
export async function replay(
  store: Store,
  rounds: readonly Round[],
  { advance, inTurn }: { readonly advance: (ms: number) => Promise<void>; readonly inTurn: boolean },
): Promise<unknown> {
  const seen: unknown[] = []
  for (const { together, ms } of rounds) {
    const results: unknown[] = []
    if (inTurn) for (const act of together) results.push(await act(store))
    else results.push(...(await Promise.all(together.map((act) => act(store)))))
    await advance(ms)
    seen.push(results.map(withoutToken), await everythingIn(store))
  }
  await store.close()
  return seen
}
