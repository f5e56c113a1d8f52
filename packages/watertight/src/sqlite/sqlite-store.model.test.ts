import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { memoryStore } from '../store/index.ts'
import { replay, storeHistory } from '../testing/store-history.fixture.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { sqliteStore } from './sqlite-store.ts'

let folder: string
let file = 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'watertight-model-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

it('The SQLite store does what the memory store does, whatever is committed', async () => {
  await fc.assert(
    fc.asyncProperty(storeHistory, async (rounds) => {
      const [one, two] = [new VirtualRuntime(), new VirtualRuntime()]
      const embedded = await sqliteStore({ file: join(folder, `${file++}.db`), runtime: two, maxGroup: 4 })
      const expected = await replay(memoryStore({ runtime: one }), rounds, {
        advance: (ms) => one.advance(ms),
        inTurn: false,
      })
      expect(await replay(embedded, rounds, { advance: (ms) => two.advance(ms), inTurn: false })).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})
