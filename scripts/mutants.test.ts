import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readMutants } from './mutation/mutant.ts'

const ROOT = resolve(import.meta.dirname, '..')
const HUNTS = ['checkout', 'events', 'policies', 'read-models', 'saga']

describe('the mutants', () => {
  it('are looked for by every hunt', () => {
    expect([...new Set(readMutants().map(({ hunt }) => hunt))].toSorted()).toEqual(HUNTS)
  })

  // A patch that does not apply tests nothing. After a change of the lines around it, make it anew with `git diff -U1`.
  it.each(readMutants())('apply to the sources as they are: $name', async ({ file }) => {
    const { stderr } = await promisify(execFile)('git', ['apply', '--check', file], { cwd: ROOT })
    expect(stderr).toBe('')
  })
})
