import { join } from 'node:path'
import { expect, it } from 'vitest'
import { OTHER_NODE, printedBy } from '../kernel/child-process.fixture.ts'

const REPLAY = join(import.meta.dirname, 'model-replay.fixture.ts')

it('all laws and models have the same trace in every process, and under every Node', () => {
  const here = printedBy(process.execPath, REPLAY)
  expect(here).toMatch(/^[\da-f]{16} \d{4,} \d{3,} [1-9]\d*$/)
  expect(printedBy(OTHER_NODE, REPLAY)).toBe(here)
})
