import type { Client } from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { storeContract } from 'watertight/testing'
import { emptyStore, prepareSchema } from './contract.fixture.ts'
import { connectTo, freshSchema, testServer } from './test-server.fixture.ts'

const server = await testServer()
const url = server?.url ?? ''

describe.skipIf(server === undefined)('PostgreSQL', () => {
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

  storeContract('The PostgreSQL store', () => emptyStore(admin, { url, schema }), {
    durable: true,
    shared: true,
    concurrent: true,
    runner: { describe, it },
  })
})
