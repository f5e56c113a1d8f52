import assert from 'node:assert/strict'
import type { ReadModelTarget, TargetWrite } from '../event-store/read-model-target.ts'
import { keyedRandom } from '../runtime/random.ts'
import type { TestApi } from './test-api.ts'

/** A read-model target under test. */
export interface ReadModelFixture {
  /** A target without any table of these tests in it. */
  readonly target: ReadModelTarget
  readonly close?: () => Promise<void> | void
}

const TABLE = 'orders@1'
const ROWS = [
  null,
  0,
  '',
  'text',
  { nested: { list: [1, null, 'two'], empty: {} } },
  { text: 'NUL \u0000, a lone \ud800 half, 漢字, 🙂, "quoted", back\\slash, line\nbreak' },
]
const KEYS = ['a', 'A', ' ', 'a/b', 'a:b', '{a}', 'a.b', '_a', '漢字🙂', 'x'.repeat(1_024), `${'x'.repeat(1_023)}y`]

/**
 * What every {@link ReadModelTarget} must do, wherever it keeps its rows.
 *
 * @param makeFixture makes an empty target for each test
 * @example
 * import { describe, it } from 'vitest'
 * readModelContract('my target', () => ({ target: myTarget() }), { describe, it })
 */
export function readModelContract(
  name: string,
  makeFixture: () => ReadModelFixture | Promise<ReadModelFixture>,
  { describe, it }: TestApi,
): void {
  const on = (test: (target: ReadModelTarget) => Promise<void>) => async () => {
    const { target, close } = await makeFixture()
    try {
      await test(target)
    } finally {
      await close?.()
    }
  }
  const cases: readonly (readonly [behaviour: string, test: (target: ReadModelTarget) => Promise<void>])[] = [
    [
      'has nothing at first',
      async (target) => {
        assert.deepEqual(await target.read(TABLE, ['a', 'b']), [undefined, undefined])
        assert.deepEqual(await target.read(TABLE, []), [])
      },
    ],
    [
      'gives rows back in the order of the keys, with their places',
      async (target) => {
        await put(target, { key: 'a', at: 1, row: { n: 1 } }, { key: 'b', at: 7, row: { n: 2 } })
        const read = await target.read(TABLE, ['b', 'c', 'a', 'b'])
        assert.deepEqual(read, [
          { at: 7, row: { n: 2 } },
          undefined,
          { at: 1, row: { n: 1 } },
          { at: 7, row: { n: 2 } },
        ])
      },
    ],
    ...ROWS.map(
      (row) =>
        [
          `keeps ${JSON.stringify(row)} as it is`,
          async (target: ReadModelTarget) => {
            await put(target, { key: 'a', at: 1, row: { of: row } })
            assert.deepEqual(await target.read(TABLE, ['a']), [{ at: 1, row: { of: row } }])
          },
        ] as const,
    ),
    [
      'keeps rows apart whose keys differ in anything',
      async (target) => {
        await put(target, ...KEYS.map((key, n) => ({ key, at: 1, row: { n } })))
        const read = await target.read(TABLE, KEYS)
        assert.deepEqual(
          read,
          KEYS.map((_, n) => ({ at: 1, row: { n } })),
        )
      },
    ],
    [
      'passes over a row whose place is not higher than the one it has',
      async (target) => {
        await put(target, { key: 'a', at: 5, row: { n: 5 } })
        await put(target, { key: 'a', at: 5, row: { n: 55 } }, { key: 'b', at: 1, row: { n: 1 } })
        await put(target, { key: 'a', at: 4, row: { n: 4 } })
        assert.deepEqual(await target.read(TABLE, ['a', 'b']), [
          { at: 5, row: { n: 5 } },
          { at: 1, row: { n: 1 } },
        ])
        await put(target, { key: 'a', at: 6, row: { n: 6 } })
        assert.deepEqual(await target.read(TABLE, ['a']), [{ at: 6, row: { n: 6 } }])
      },
    ],
    [
      'replaces a row as a whole: no field of the one before stays',
      async (target) => {
        await put(target, { key: 'a', at: 1, row: { one: 1, both: 1 } })
        await put(target, { key: 'a', at: 2, row: { both: 2 } })
        assert.deepEqual(await target.read(TABLE, ['a']), [{ at: 2, row: { both: 2 } }])
      },
    ],
    [
      'keeps the place of a deleted row, so that no late delivery brings it back',
      async (target) => {
        await put(target, { key: 'a', at: 1, row: { n: 1 } })
        await put(target, { key: 'a', at: 3 })
        assert.deepEqual(await target.read(TABLE, ['a']), [{ at: 3 }])
        await put(target, { key: 'a', at: 2, row: { n: 2 } })
        assert.deepEqual(await target.read(TABLE, ['a']), [{ at: 3 }])
        await put(target, { key: 'a', at: 4, row: { n: 4 } })
        assert.deepEqual(await target.read(TABLE, ['a']), [{ at: 4, row: { n: 4 } }])
      },
    ],
    [
      'takes a row of the same place where it replaces, but never one of a lower',
      async (target) => {
        await put(target, { key: 'a', at: 5, row: { n: 5 } }, { key: 'b', at: 5, row: { n: 5 } })
        const repairs = [
          { key: 'a', at: 5, row: { n: 55 } },
          { key: 'b', at: 4, row: { n: 44 } },
        ]
        assert.deepEqual(await target.write(TABLE, repairs, { replace: true }), [])
        assert.deepEqual(await target.read(TABLE, ['a', 'b']), [
          { at: 5, row: { n: 55 } },
          { at: 5, row: { n: 5 } },
        ])
      },
    ],
    [
      'keeps tables apart, and drops one without the other',
      async (target) => {
        for (const table of [TABLE, 'orders@2', 'orders@1/acme']) {
          await target.write(table, [{ key: 'a', at: 3, row: { table } }])
        }
        await target.drop(TABLE)
        await target.drop('never there')
        assert.deepEqual(await target.read(TABLE, ['a']), [undefined])
        for (const table of ['orders@2', 'orders@1/acme']) {
          assert.deepEqual(await target.read(table, ['a']), [{ at: 3, row: { table } }])
        }
        await put(target, { key: 'a', at: 1, row: { n: 1 } })
        assert.deepEqual(await target.read(TABLE, ['a']), [{ at: 1, row: { n: 1 } }])
      },
    ],
    [
      'takes many rows at once, each on its own',
      async (target) => {
        const rows = Array.from({ length: 1_500 }, (_, n) => ({ key: `k${n}`, at: n + 1, row: { n } }))
        await put(target, ...rows)
        const read = await target.read(
          TABLE,
          rows.map(({ key }) => key),
        )
        assert.deepEqual(
          read,
          rows.map(({ at, row }) => ({ at, row })),
        )
      },
    ],
    [
      'knows places up to the largest whole number',
      async (target) => {
        const at = Number.MAX_SAFE_INTEGER
        await put(target, { key: 'a', at: at - 1, row: { n: 1 } })
        await put(target, { key: 'a', at, row: { n: 2 } })
        await put(target, { key: 'a', at: at - 1, row: { n: 3 } })
        assert.deepEqual(await target.read(TABLE, ['a']), [{ at, row: { n: 2 } }])
      },
    ],
    [
      'ends in the same state however often and in whatever order deliveries come, also at once',
      async (target) => {
        const random = keyedRandom('read model')
        const keys = ['a', 'b', 'c']
        const history = keys.flatMap((key) =>
          [1, 2, 3, 4, 5, 6].map((at): TargetWrite => (at === 4 ? { key, at } : { key, at, row: { key, at } })),
        )
        const deliveries = [...history, ...history, ...history]
          .map((write, call) => ({ write, order: random('order', call) }))
          .toSorted((x, y) => x.order - y.order)
        await Promise.all(deliveries.map(({ write }) => put(target, write)))
        assert.deepEqual(
          await target.read(TABLE, keys),
          keys.map((key) => ({ at: 6, row: { key, at: 6 } })),
        )
      },
    ],
  ]
  describe(`${name} keeps the contract of read-model targets`, () => {
    for (const [behaviour, test] of cases) it(behaviour, on(test))
  })
}

async function put(target: ReadModelTarget, ...rows: readonly TargetWrite[]): Promise<void> {
  assert.deepEqual(await target.write(TABLE, rows), [])
}
