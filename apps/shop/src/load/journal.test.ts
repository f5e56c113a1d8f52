import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLines } from '../retail/ndjson.ts'
import { Journal } from './journal.ts'

describe('Journal', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'journal-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('has an entry in the file before it says so', async () => {
    const path = join(folder, 'a.ndjson')
    const journal = await Journal.open(path)
    await new Promise<void>((durable) => journal.append({ orderId: '1', status: 'paid', at: 5 }, durable))
    expect(await readLines(path)).toEqual([{ orderId: '1', status: 'paid', at: 5 }])
    await journal.close()
  })

  it('keeps the order of many, and what comes while it writes', async () => {
    const path = join(folder, 'a.ndjson')
    const journal = await Journal.open(path)
    const told: number[] = []
    const entry = (index: number): void =>
      journal.append({ orderId: String(index), status: 'pending', at: index }, () => {
        told.push(index)
        if (index < 100) entry(index + 100)
      })
    for (let index = 0; index < 100; index++) entry(index)
    await journal.close()
    expect(told).toHaveLength(200)
    expect((await readLines<{ at: number }>(path)).map(({ at }) => at)).toEqual(told)
  })

  it('only ever appends', async () => {
    const path = join(folder, 'a.ndjson')
    for (const orderId of ['1', '2']) {
      const journal = await Journal.open(path)
      journal.append({ orderId, status: 'paid', at: 1 }, () => {})
      await journal.close()
    }
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3)
  })
})
