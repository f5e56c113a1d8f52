import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDataFolder } from './data-folder.ts'

const LARGEST_PID = 4_194_304

describe('a data folder', () => {
  let parent: string
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'data-'))
  })
  afterEach(() => rm(parent, { recursive: true }))

  it('is a new temporary one unless it is named', async () => {
    const [one, other] = await Promise.all([openDataFolder(undefined), openDataFolder(undefined)])
    expect(one.temporary).toBe(true)
    expect(one.path).not.toBe(other.path)
    await Promise.all([one.remove(), other.remove()])
    expect(existsSync(one.path)).toBe(false)
  })

  it('is made when it does not exist, and is not temporary when it is named', async () => {
    const { path, temporary, databases } = await openDataFolder(join(parent, 'a', 'b'))
    expect({ path, temporary, databases }).toEqual({ path: join(parent, 'a', 'b'), temporary: false, databases: [] })
  })

  it('is locked until it is let go of', async () => {
    const lock = join(parent, 'shop.lock')
    const folder = await openDataFolder(parent)
    expect(existsSync(lock)).toBe(true)
    folder.unlock()
    expect(existsSync(lock)).toBe(false)
  })

  it('is refused while another living process has it', async () => {
    await writeFile(join(parent, 'shop.lock'), String(process.ppid))
    await expect(openDataFolder(parent)).rejects.toThrow(`is in use by process ${process.ppid}`)
  })

  it.each([String(LARGEST_PID), '', 'rubbish'])(
    'is taken over from a process that was killed (lock %j)',
    async (owner) => {
      await writeFile(join(parent, 'shop.lock'), owner)
      expect((await openDataFolder(parent)).path).toBe(parent)
    },
  )

  it('is refused in one line when it cannot be written', async () => {
    const file = join(parent, 'file')
    await writeFile(file, '')
    await expect(openDataFolder(file)).rejects.toThrow(/^the data folder .* cannot be written: [^\n]*$/)
    await expect(openDataFolder(join(file, 'below'))).rejects.toMatchObject({ exitCode: 1 })
  })

  it('is refused, and let go of, when a database in it is none', async () => {
    await writeFile(join(parent, 'orders.db'), 'this was a database once')
    await expect(openDataFolder(parent)).rejects.toThrow(
      /orders\.db is damaged: it does not begin like a SQLite database/,
    )
    expect(existsSync(join(parent, 'shop.lock'))).toBe(false)
  })

  it('lists the databases of an earlier run', async () => {
    await writeFile(join(parent, 'users.db'), 'SQLite format 3\0 and more')
    expect((await openDataFolder(parent)).databases).toEqual(['users.db'])
  })
})
