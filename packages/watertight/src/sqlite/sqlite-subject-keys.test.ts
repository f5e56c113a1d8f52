import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { subjectKeysContract } from '../testing/index.ts'
import { sqliteStore } from './sqlite-store.ts'
import { sqliteSubjectKeys } from './sqlite-subject-keys.ts'

subjectKeysContract(
  'SQLite',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watertight-keys-'))
    return {
      keys: await sqliteSubjectKeys({ file: join(folder, 'keys.db') }),
      dispose: () => rmSync(folder, { recursive: true }),
    }
  },
  { describe, it },
)

describe('keys in a SQLite file', () => {
  const ann = { tenant: 'default', id: 'ann' }
  let folder: string
  let file: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'watertight-keys-'))
    file = join(folder, 'keys.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function isOnDisk(bytes: Uint8Array): boolean {
    return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(Buffer.from(bytes)))
  }

  it('are there after closing and opening again, and seen by another process', async () => {
    const keys = await sqliteSubjectKeys({ file })
    const made = await keys.findOrMake(ann)
    const other = await sqliteSubjectKeys({ file })
    expect(await other.findOrMake(ann)).toEqual(made)
    await keys.close()
    await other.close()
    const again = await sqliteSubjectKeys({ file })
    expect(await again.find([ann])).toEqual([made])
    await again.close()
  })

  it('leave no byte in any file when they are deleted', async () => {
    const keys = await sqliteSubjectKeys({ file })
    const made = await keys.findOrMake(ann)
    const key = 'key' in made ? made.key : new Uint8Array(1)
    expect(isOnDisk(key)).toBe(true)
    await keys.forget(ann)
    expect(isOnDisk(key)).toBe(false)
    await keys.close()
  })

  it('are never looked for in the file of a store, or of anything else', async () => {
    const store = await sqliteStore({ file })
    await store.close()
    await expect(sqliteSubjectKeys({ file })).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    const text = join(folder, 'notes.txt')
    writeFileSync(text, 'no database at all, but long enough to be one'.repeat(50))
    await expect(sqliteSubjectKeys({ file: text })).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    await expect(sqliteSubjectKeys({ file: join(folder, 'no', 'such.db') })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
  })

  it('say that they were closed', async () => {
    const keys = await sqliteSubjectKeys({ file })
    await keys.close()
    await keys.close()
    await expect(keys.find([ann])).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  })
})
