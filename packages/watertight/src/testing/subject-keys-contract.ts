import assert from 'node:assert/strict'
import { DEFAULT_TENANT } from '../store/event.ts'
import type { Subject, SubjectKeys } from '../store/subject-keys.ts'
import type { TestApi } from './test-api.ts'

/** A store of keys under test, empty. */
export interface SubjectKeysFixture {
  readonly keys: SubjectKeys
  readonly dispose?: () => Promise<void> | void
}

const KEY_BYTES = 32
const ann = subject('ann')
const bob = subject('bob')

function subject(id: string, tenant: string = DEFAULT_TENANT): Subject {
  return { tenant, id }
}

/**
 * What every {@link SubjectKeys} must do.
 *
 * @param makeFixture makes an empty one for each test
 */
export function subjectKeysContract(
  name: string,
  makeFixture: () => SubjectKeysFixture | Promise<SubjectKeysFixture>,
  { describe, it }: TestApi,
): void {
  const on = (test: (keys: SubjectKeys) => Promise<void>) => async () => {
    const { keys, dispose } = await makeFixture()
    try {
      await test(keys)
    } finally {
      await keys.close()
      await dispose?.()
    }
  }
  describe(`${name} keeps the contract of subject keys`, () => {
    it(
      'knows no key at first',
      on(async (keys) => {
        assert.deepEqual(await keys.find([ann, bob]), [undefined, undefined])
        assert.deepEqual(await keys.find([]), [])
      }),
    )

    it(
      'makes a key of 256 bits for each subject, once',
      on(async (keys) => {
        const made = await Promise.all([keys.findOrMake(ann), keys.findOrMake(ann), keys.findOrMake(bob)])
        const [first, again, other] = made.map((one) => ('key' in one ? Buffer.from(one.key).toString('hex') : ''))
        assert.equal(first?.length, KEY_BYTES * 2)
        assert.equal(again, first)
        assert.notEqual(other, first)
        const found = await keys.find([bob, ann])
        assert.deepEqual(
          found.map((one) => one && 'key' in one && Buffer.from(one.key).toString('hex')),
          [other, first],
        )
      }),
    )

    it(
      'keeps subjects of different tenants apart, however their names could be glued together',
      on(async (keys) => {
        await keys.findOrMake(subject('b', 'a'))
        await keys.findOrMake(subject('a/b'))
        await keys.forget(subject('a/b'))
        const [kept, gone, none] = await keys.find([subject('b', 'a'), subject('a/b'), subject('b')])
        assert.ok(kept && 'key' in kept)
        assert.ok(gone && 'forgottenAt' in gone)
        assert.equal(none, undefined)
      }),
    )

    it(
      'forgets a key for good: none is made again',
      on(async (keys) => {
        await keys.findOrMake(ann)
        const { forgottenAt } = await keys.forget(ann)
        assert.ok(forgottenAt > 0)
        assert.deepEqual(await keys.findOrMake(ann), { forgottenAt })
        assert.deepEqual(await keys.find([ann]), [{ forgottenAt }])
        assert.deepEqual(await keys.forget(ann), { forgottenAt })
      }),
    )

    it(
      'forgets a subject that never had a key',
      on(async (keys) => {
        const { forgottenAt } = await keys.forget(ann)
        assert.deepEqual(await keys.findOrMake(ann), { forgottenAt })
      }),
    )
  })
}
