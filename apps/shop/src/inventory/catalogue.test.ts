import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCatalogue } from './catalogue.ts'

const bowl = { sku: '20677', description: 'PINK POLKADOT BOWL', unitPriceMinor: 125, opening: 8 }

async function batchesOf(file: string, batchSize: number): Promise<unknown[]> {
  const batches: unknown[] = []
  for await (const batch of readCatalogue(file, batchSize)) batches.push(batch)
  return batches
}

describe('readCatalogue', () => {
  let folder: string
  let file: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'catalogue-'))
    file = join(folder, 'catalogue.ndjson')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const readAll = async (text: string, batchSize = 2) => {
    await writeFile(file, text)
    return batchesOf(file, batchSize)
  }

  it('reads in batches, and skips empty lines', async () => {
    const entries = ['a', 'b', 'c'].map((sku) => ({ ...bowl, sku }))
    const batches = await readAll(`\n${entries.map((entry) => JSON.stringify(entry)).join('\r\n')}\n\n`)
    expect(batches).toEqual([entries.slice(0, 2), entries.slice(2)])
  })

  it('keeps SKUs that differ by case only apart', async () => {
    const text = ['15060B', '15060b'].map((sku) => JSON.stringify({ ...bowl, sku })).join('\n')
    await expect(readAll(text)).resolves.toHaveLength(1)
  })

  it.each([
    ['{"sku":', /line 2: .*JSON/],
    ['null', /line 2: sku must be a text/],
    [JSON.stringify({ ...bowl, sku: '' }), /line 2: sku must be a text/],
    [JSON.stringify({ ...bowl, sku: 'b', description: 5 }), /line 2: description must be a text/],
    [JSON.stringify({ ...bowl, sku: 'b', opening: -1 }), /line 2: opening must be a whole number of 0 or more, not -1/],
    [JSON.stringify({ ...bowl, sku: 'b', unitPriceMinor: 1.5 }), /line 2: unitPriceMinor must be a whole number/],
    [JSON.stringify(bowl), /line 2: article 20677 comes twice/],
  ])('refuses the line %s with its number', async (line, message) => {
    await expect(readAll(`${JSON.stringify(bowl)}\n${line}\n`)).rejects.toThrow(message)
  })

  it('names the file when it is missing', async () => {
    await expect(batchesOf(join(folder, 'none.ndjson'), 2)).rejects.toThrow(/none\.ndjson cannot be read/)
  })
})
