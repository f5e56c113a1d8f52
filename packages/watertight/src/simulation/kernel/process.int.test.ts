import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OTHER_NODE, printedBy } from './child-process.fixture.ts'

const REPLAY = join(import.meta.dirname, 'replay.fixture.ts')
const UNHANDLED = join(import.meta.dirname, 'unhandled.fixture.ts')

describe('a simulation in a process of its own', () => {
  it.each([[[]], [['shuffle']]])('has the same trace in every process, and under every Node (%j)', (args) => {
    const here = printedBy(process.execPath, REPLAY, ...args)
    expect(here).toMatch(/^[\da-f]{16} \d+$/)
    expect(printedBy(OTHER_NODE, REPLAY, ...args)).toBe(here)
  })

  it('fails, and does not end the process, when nobody handles a rejection', () => {
    expect(printedBy(process.execPath, UNHANDLED)).toBe('Error: nobody handles this; later: false; listeners: 0')
  })
})
