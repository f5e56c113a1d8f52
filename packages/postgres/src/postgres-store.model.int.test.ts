import * as fc from 'fast-check'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryStore } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { replay, storeHistory } from '../../watertight/src/testing/store-history.fixture.ts'
import { emptyStore, prepareSchema } from './contract.fixture.ts'
import { connectTo, freshSchema, testServer } from './test-server.fixture.ts'

const server = await testServer()
const url = server?.url ?? ''

describe.skipIf(server === undefined)('The PostgreSQL store', () => {
  const schema = freshSchema()
  let admin: Client

  beforeAll(async () => {
    admin = await connectTo(url)
    await prepareSchema(admin, { url, schema })
  })
  afterAll(async () => {
    await admin.query(`DROP SCHEMA ${schema} CASCADE`)
    await admin.end()
    await server?.stop()
  })

  it('does what the memory store does, whatever is committed', async () => {
    await fc.assert(
      fc.asyncProperty(storeHistory, async (rounds) => {
        const runtime = new VirtualRuntime()
        const expected = await replay(memoryStore({ runtime }), rounds, {
          advance: (ms) => runtime.advance(ms),
          inTurn: true,
        })
        const { open, advance, dispose } = await emptyStore(admin, { url, schema })
        try {
          expect(await replay(await open(), rounds, { advance, inTurn: true })).toEqual(expected)
        } finally {
          await dispose()
        }
      }),
      { numRuns: 12 },
    )
  })
})
