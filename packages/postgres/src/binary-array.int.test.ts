import * as fc from 'fast-check'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { int4Array, int8Array, textArray, uuidArray } from './binary-array.ts'
import { connectTo, testServer } from './test-server.fixture.ts'

const server = await testServer()

const texts = fc.array(
  fc.option(fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('\0') && text.isWellFormed())),
)

describe.skipIf(server.isMissing)('an array in binary form', () => {
  let client: Client

  beforeAll(async () => {
    client = await connectTo(server.url)
  })
  afterAll(async () => {
    await client.end()
    await server.stop()
  })

  /** What PostgreSQL makes of it. */
  async function read(array: Buffer, type: string): Promise<unknown> {
    const { rows } = await client.query<{ json: unknown }>(`SELECT to_json($1::${type}[]) AS json`, [array])
    return rows[0]?.json
  }

  it('holds any text, and nothing', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (values) => {
        expect(await read(textArray(values), 'text')).toEqual(values)
      }),
      { numRuns: 50 },
    )
  })

  it('holds whole numbers', async () => {
    const small = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]
    expect(await read(int4Array(small), 'integer')).toEqual(small)
    const large = [...small, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, -(2 ** 32) - 1]
    expect(await read(int8Array(large), 'bigint')).toEqual(large)
    expect(await read(int8Array([]), 'bigint')).toEqual([])
  })

  it('holds keys', async () => {
    const key = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
    expect(await read(uuidArray([key]), 'uuid')).toEqual(['00112233-4455-6677-8899-aabbccddeeff'])
  })
})
