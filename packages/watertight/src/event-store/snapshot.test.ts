import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { send } from './command-handler.ts'
import { decider } from './decider.ts'
import { load } from './load.ts'
import type { SnapshotOptions } from './snapshot.ts'

interface Counter {
  readonly sum: number
  readonly list: readonly number[]
}

const none: Counter = { sum: 0, list: [] }
let folded = 0

const counter = (snapshot?: SnapshotOptions<Counter>) =>
  decider('counter', {
    initial: none,
    evolve: {
      added: (state, e: { readonly n: number }) => {
        folded++
        return { sum: state.sum + e.n, list: [...state.list, e.n].slice(-3) }
      },
    },
    decide: {
      add: (command: { readonly ns: readonly number[] }, _state) =>
        command.ns.map((n) => ({ type: 'added' as const, data: { n } })),
    },
    ...(snapshot && { snapshot }),
  })

const TABLE = '@snapshots/counter'

describe('a snapshot', () => {
  let runtime: VirtualRuntime
  let store: Store

  beforeEach(() => {
    folded = 0
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
  })

  async function add(definition: ReturnType<typeof counter>, ...ns: readonly number[]): Promise<void> {
    const sent = await send(store, definition, 'c', definition.commands.add({ ns }), { runtime })
    expect(sent.ok).toBe(true)
  }

  it('spares the reading of what it has in it', async () => {
    const kept = counter({ every: 10 })
    for (let i = 0; i < 25; i++) await add(kept, i)
    folded = 0
    expect((await load(store, kept, 'c')).state).toEqual({ sum: 300, list: [22, 23, 24] })
    expect(folded).toBe(5)
    expect((await store.row(TABLE, 'c'))?.value).toMatchObject({ schema: 1, version: 20 })
  })

  it('changes nothing: with snapshots = without, at every step, whatever is appended', async () => {
    const commands = fc.array(fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 4 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(commands, fc.integer({ min: 1, max: 6 }), async (list, every) => {
        store = memoryStore({ runtime })
        const kept = counter({ every })
        const plain = counter()
        for (const ns of list) {
          await add(kept, ...ns)
          expect(await load(store, kept, 'c')).toEqual(await load(store, plain, 'c'))
        }
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['of another schema', { schema: 2, version: 3, state: none }],
    ['without a version', { schema: 1, state: none }],
    ['that is no object', 'nonsense'],
    ['that is null', null],
    ['that its parser refuses', { schema: 1, version: 3, state: { sum: 'six' } }],
    ['of a later version than the stream has', { schema: 1, version: 99, state: none }],
  ])('%s means replay, never an error', async (_, value) => {
    const parse = (state: unknown): Counter => {
      const { sum } = state as Counter
      if (typeof sum !== 'number') throw new TypeError('no sum')
      return state as Counter
    }
    const kept = counter({ every: 100, parse })
    await add(kept, 1, 2, 3)
    await store.commit({ rows: [{ table: TABLE, key: 'c', value }] })
    expect(await load(store, kept, 'c')).toMatchObject({ state: { sum: 6 }, version: 3 })
  })

  it('that the store cannot parse means replay too', async () => {
    const kept = counter({ every: 1 })
    await add(kept, 1, 2, 3)
    const damaged: Store = new Proxy(store, {
      get(target, name) {
        if (name === 'row') return () => Promise.reject(new SyntaxError('unexpected end of JSON'))
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    expect((await load(damaged, kept, 'c')).state.sum).toBe(6)
  })

  it('lets the events it has in it be deleted', async () => {
    const kept = counter({ every: 3 })
    await add(kept, 1, 2, 3)
    await add(kept, 4)
    await store.commit({ retention: [{ stream: streamId('counter', 'c'), truncate: 3 }] })
    expect(await load(store, kept, 'c')).toMatchObject({ state: { sum: 10 }, version: 4 })
    await add(kept, 5)
    expect((await load(store, kept, 'c')).state.sum).toBe(15)
  })

  it('that is missing for deleted events is said, instead of a state without them', async () => {
    const plain = counter()
    await add(plain, 1, 2, 3)
    await store.commit({ retention: [{ stream: streamId('counter', 'c'), truncate: 2 }] })
    await expect(load(store, plain, 'c')).rejects.toMatchObject({ code: 'TRUNCATED' })
    const { commands } = plain
    await expect(send(store, plain, 'c', commands.add({ ns: [1] }), { runtime })).rejects.toMatchObject({
      code: 'TRUNCATED',
    })
  })

  it('is kept for each tenant', async () => {
    const kept = counter({ every: 1 })
    await send(store, kept, 'c', kept.commands.add({ ns: [1] }), { runtime, tenant: 'acme' })
    await send(store, kept, 'c', kept.commands.add({ ns: [2] }), { runtime })
    expect((await load(store, kept, 'c', 'acme')).state.sum).toBe(1)
    expect((await load(store, kept, 'c')).state.sum).toBe(2)
  })

  it('is refused options that make no sense', () => {
    expect(() => counter({ every: 0 })).toThrow(/snapshot\.every must be a positive whole number/)
    expect(() => counter({ every: 1, schema: 0.5 })).toThrow(/snapshot\.schema/)
  })
})
