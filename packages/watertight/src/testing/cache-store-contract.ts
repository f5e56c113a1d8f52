import assert from 'node:assert/strict'
import type { CacheEntry, CacheStore } from '../resilience/cache/cache-store.ts'
import type { TestApi } from './test-api.ts'

/** A cache store under test. */
export interface CacheStoreFixture {
  readonly store: CacheStore
  /** Lets so many milliseconds pass by the clock of the store. */
  readonly pass: (ms: number) => Promise<void>
  readonly close?: () => Promise<void> | void
}

const MINUTE = 60_000

/**
 * What every {@link CacheStore} must do, in this process or elsewhere.
 *
 * @param makeFixture makes an empty store for each test
 * @example
 * import { describe, it } from 'vitest'
 * cacheStoreContract('my store', async () => ({ store: myStore(), pass: sleep }), { describe, it })
 */
export function cacheStoreContract(
  name: string,
  makeFixture: () => CacheStoreFixture | Promise<CacheStoreFixture>,
  { describe, it }: TestApi,
): void {
  const on = (test: (store: CacheStore, pass: CacheStoreFixture['pass']) => Promise<void>) => async () => {
    const { store, pass, close } = await makeFixture()
    try {
      await test(store, pass)
    } finally {
      await close?.()
    }
  }

  describe(`${name} keeps the contract of cache stores`, () => {
    it(
      'has nothing at first',
      on(async (store) => {
        assert.equal((await store.get('a')).entry, undefined)
      }),
    )

    for (const value of [undefined, null, 0, '', 'text', { nested: [1, { deep: true }] }]) {
      it(
        `gives ${JSON.stringify(value)} back as it was put there, with its age`,
        on(async (store, pass) => {
          await put(store, 'a', value)
          await pass(50)
          const { entry, ageMs } = await store.get('a')
          assert.deepEqual(entry, entryOf(value))
          assert.ok(ageMs >= 49 && ageMs < MINUTE, `50 ms old or more, but it says ${ageMs}`)
        }),
      )
    }

    it(
      'replaces what was there, with its tags',
      on(async (store) => {
        await put(store, 'a', 'first', ['early'])
        assert.equal(await put(store, 'a', 'second', ['late']), true)
        await store.invalidate({ tag: 'early' })
        assert.equal(await valueOf(store, 'a'), 'second')
        await store.invalidate({ tag: 'late' })
        assert.equal(await valueOf(store, 'a'), undefined)
      }),
    )

    it(
      'forgets what has been kept for as long as it may be of use',
      on(async (store, pass) => {
        const { stamp } = await store.get('a')
        await store.set('a', entryOf(1), { stamp, keepMs: 100, tags: ['t'] })
        await pass(120)
        assert.equal(await valueOf(store, 'a'), undefined)
      }),
    )

    for (const what of [{ key: 'a' }, { tag: 'users' }] as const) {
      it(
        `puts nothing back that was loaded before ${JSON.stringify(what)} was invalidated`,
        on(async (store) => {
          const { stamp } = await store.get('a')
          await store.invalidate(what)
          const late = await store.set('a', entryOf('old'), { stamp, keepMs: MINUTE, tags: ['fine', 'users'] })
          assert.equal(late, false)
          assert.equal(await valueOf(store, 'a'), undefined)
          assert.equal(await put(store, 'a', 'new', ['fine', 'users']), true)
          assert.equal(await valueOf(store, 'a'), 'new')
        }),
      )
    }

    it(
      'lets a load finish while other keys and tags are invalidated',
      on(async (store) => {
        const { stamp } = await store.get('a')
        await store.invalidate({ key: 'b' })
        await store.invalidate({ tag: 'a' })
        assert.equal(await store.set('a', entryOf(1), { stamp, keepMs: MINUTE, tags: ['users'] }), true)
        assert.equal(await valueOf(store, 'a'), 1)
      }),
    )

    it(
      'forgets all entries of a tag, and no others',
      on(async (store) => {
        await put(store, 'a', 1, ['users', 'eu'])
        await put(store, 'b', 2, ['users'])
        await put(store, 'c', 3, ['eu'])
        await store.invalidate({ tag: 'users' })
        assert.deepEqual([await valueOf(store, 'a'), await valueOf(store, 'b')], [undefined, undefined])
        assert.equal(await valueOf(store, 'c'), 3)
      }),
    )

    it(
      'invalidates what is not there without complaint',
      on(async (store) => {
        assert.equal(await store.invalidate({ key: 'nothing' }), 0)
        await store.invalidate({ tag: 'nothing' })
      }),
    )

    it(
      'keeps keys and tags with strange characters apart',
      on(async (store) => {
        const keys = ['', ' ', 'a:b', 'a', ':b', '{a}', 'a\nb', 'ä🦆', '__proto__', 'x'.repeat(500)]
        for (const [n, key] of keys.entries()) await put(store, key, n, [key])
        for (const [n, key] of keys.entries()) {
          assert.equal(await valueOf(store, key), n)
          await store.invalidate({ tag: key })
          assert.equal(await valueOf(store, key), undefined)
        }
      }),
    )

    it(
      'goes on after a load that was given up',
      on(async (store) => {
        const { stamp } = await store.get('a')
        await store.abandon?.('a', stamp)
        assert.equal(await put(store, 'a', 1), true)
      }),
    )
  })
}

function entryOf(value: unknown): CacheEntry {
  return { answer: { kind: 'success', value }, negative: false, ttlMs: MINUTE }
}

async function put(store: CacheStore, key: string, value: unknown, tags: readonly string[] = []): Promise<boolean> {
  const { stamp } = await store.get(key)
  return await store.set(key, entryOf(value), { stamp, keepMs: MINUTE, tags })
}

/** Looks without loading: what the look may have begun in a shared store is given up. */
async function valueOf(store: CacheStore, key: string): Promise<unknown> {
  const { entry, stamp } = await store.get(key)
  await store.abandon?.(key, stamp)
  return entry?.answer.kind === 'success' ? entry.answer.value : undefined
}
