import { describe, it } from 'vitest'
import { eventStoreContract, storeContract } from 'watertight/testing'
import { preparedSchema } from './contract.fixture.ts'
import { testServer } from './test-server.fixture.ts'

const server = await testServer()

describe.skipIf(server.isMissing)('PostgreSQL', () => {
  const { fixture } = preparedSchema(server)

  const capabilities = { durable: true, shared: true, concurrent: true, runner: { describe, it } }

  storeContract('The PostgreSQL store', () => fixture(), capabilities)
  eventStoreContract('The PostgreSQL store', () => fixture(), capabilities)
})
