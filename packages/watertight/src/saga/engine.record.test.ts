import { beforeEach, describe, expect, it } from 'vitest'
import { storeWithCommit } from '../event-store/store-with-commit.fixture.ts'
import { WatertightError } from '../runtime/error.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import type { SagaDefinition } from './definition.ts'
import { saga } from './definition.ts'
import { sagaEngine } from './engine.ts'
import type { Input } from './saga-input.ts'
import type { SagaState } from './state.ts'
import { instanceStream } from './unfinished-index.ts'

let runtime: VirtualRuntime
let store: Store

beforeEach(() => {
  runtime = new VirtualRuntime()
  store = memoryStore({ runtime })
})

async function run(definition: SagaDefinition<string>, on: Store = store): Promise<SagaState | undefined> {
  const engine = sagaEngine({ store: on, runtime, sagas: [definition] })
  await runtime.run(engine.start(definition, '1', 'x'))
  await runtime.advance('1m')
  const state = await engine.inspect({ saga: definition.name, id: '1' })
  await runtime.run(engine.close())
  return state
}

describe('what a step records', () => {
  it('is written with its result, and made anew when somebody else was faster', async () => {
    let made = 0
    const counting = saga('counting', { version: 1 }, (s: Input<string>) =>
      s.step('count', {
        run: () => 1,
        record: async () => {
          const row = await store.row('counts', 'all')
          if (made++ === 0) await store.commit({ rows: [{ table: 'counts', key: 'all', value: 41 }] })
          return {
            rows: [{ table: 'counts', key: 'all', value: Number(row?.value ?? 0) + 1, ifVersion: row?.version ?? 0 }],
          }
        },
      }),
    )
    expect(await run(counting)).toMatchObject({ status: 'completed' })
    expect([made, (await store.row('counts', 'all'))?.value]).toEqual([2, 42])
  })

  it('parks the saga when it cannot be made, and the result is not taken for done', async () => {
    const failing = saga('failing', { version: 1 }, (s: Input<string>) =>
      s.step('count', {
        run: () => 1,
        record: () => {
          throw new TypeError('bug in record')
        },
      }),
    )
    expect(await run(failing)).toMatchObject({
      status: 'parked',
      parkedBecause: { step: 'count', message: 'bug in record' },
    })
  })

  it('does not keep a saga from being parked when the record of its end fails', async () => {
    const failing = saga(
      'failing',
      {
        version: 1,
        recordEnd: () => {
          throw new TypeError('bug in recordEnd')
        },
      },
      (s: Input<string>) => s.step('count', { run: () => 1 }),
    )
    expect(await run(failing)).toMatchObject({ status: 'parked', parkedBecause: { message: 'bug in recordEnd' } })
    expect(runtime.reported).toHaveLength(1)
  })
})

describe('a result', () => {
  it('is the same for the next step whether there was a crash between them or not: what JSON keeps', async () => {
    let seen: unknown
    const dated = saga('dated', { version: 1 }, (s: Input<string>) =>
      s.step('now', { run: () => ({ at: new Date(0), gone: undefined }) }).step('next', {
        run: ({ results }) => {
          seen = results.now
        },
      }),
    )
    await run(dated)
    expect(seen).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    expect(seen).not.toHaveProperty('gone')
  })

  it('that JSON has no form for parks the saga', async () => {
    const huge = saga('huge', { version: 1 }, (s: Input<string>) => s.step('count', { run: () => ({ n: 1n }) }))
    expect(await run(huge)).toMatchObject({ status: 'parked', parkedBecause: { kind: 'defect', step: 'count' } })
  })
})

describe('each result', () => {
  it('is durable in one commit with the next intent: five commits for four steps', async () => {
    let commits = 0
    const counted = storeWithCommit(store, (commit) => {
      commits++
      return store.commit(commit)
    })
    const step = { run: () => 1, undo: () => {} }
    const four = saga('four', { version: 1 }, (s: Input<string>) =>
      s.step('a', step).step('b', step).step('c', step).step('d', step),
    )
    expect(await run(four, counted)).toMatchObject({ status: 'completed' })
    expect(commits).toBe(5)
  })

  it('is written once although the answer of the store is lost', async () => {
    let lost = 0
    const flaky = storeWithCommit(store, async (commit) => {
      const committed = await store.commit(commit)
      if (lost++ % 2 === 0) throw new WatertightError('STORE_UNAVAILABLE', 'gone', { retryable: true })
      return committed
    })
    let runs = 0
    const two = saga('two', { version: 1 }, (s: Input<string>) =>
      s.step('a', { run: () => ++runs }).step('b', { run: () => ++runs }),
    )
    expect(await run(two, flaky)).toMatchObject({ status: 'completed', results: { a: 1, b: 2 } })
    expect((await store.readStream(instanceStream({ saga: 'two', id: '1' }))).version).toBe(6)
  })
})

describe('an optional step', () => {
  it.each([
    ['throws', () => Promise.reject(new TypeError('bug'))],
    ['fails each time', () => Promise.reject(new WatertightError('DOWN', 'down', { retryable: true }))],
  ])('that %s is recorded as skipped and fails nothing', async (_, fail) => {
    const mailing = saga('mailing', { version: 1 }, (s: Input<string>) =>
      s
        .step('pay', { run: () => 1 })
        .pivot()
        .step('mail', { run: fail, optional: true })
        .step('close', { run: ({ results }) => results.mail ?? 'no mail' }),
    )
    expect(await run(mailing)).toMatchObject({
      status: 'completed',
      steps: { mail: 'skipped' },
      results: { close: 'no mail' },
    })
  })
})

describe('confirm', () => {
  it('that answers something else parks the saga, for guessing could pay twice', async () => {
    const paying = saga('paying', { version: 1 }, (s: Input<string>) =>
      s.step('charge', { timeout: 10, run: () => new Promise<string>(() => {}), confirm: () => 'yes' as never }),
    )
    expect(await run(paying)).toMatchObject({ status: 'parked', parkedBecause: { kind: 'defect', step: 'charge' } })
  })
})
