import { describe, it } from 'vitest'
import { storeContract } from 'watertight/testing'
import { preparedSchema } from './contract.fixture.ts'
import { testServer } from './test-server.fixture.ts'

const server = await testServer()

describe.skipIf(server.isMissing)('PostgreSQL', () => {
  const { fixture } = preparedSchema(server)

  storeContract('The PostgreSQL store', () => fixture(), {
    durable: true,
    shared: true,
    concurrent: true,
    runner: { describe, it },
  })
})
