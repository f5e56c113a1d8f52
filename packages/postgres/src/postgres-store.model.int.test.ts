import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryStore } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { replay, storeHistory } from '../../watertight/src/testing/store-history.fixture.ts'
import { preparedSchema } from './contract.fixture.ts'
import { testServer } from './test-server.fixture.ts'

const server = await testServer()

describe.skipIf(server.isMissing)('The PostgreSQL store', () => {
  const { fixture } = preparedSchema(server)

  it('does what the memory store does, whatever is committed', async () => {
    await fc.assert(
      fc.asyncProperty(storeHistory, async (rounds) => {
        const runtime = new VirtualRuntime()
        const expected = await replay(memoryStore({ runtime }), rounds, {
          advance: (ms) => runtime.advance(ms),
          inTurn: true,
        })
        const { open, advance, dispose } = await fixture()
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
