import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const FIXTURE = join(import.meta.dirname, 'engine.crash.fixture.ts')

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watertight-saga-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

async function live(goal: string, failPoint = ''): Promise<unknown> {
  const child = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE, folder, goal, failPoint], {
    stdio: 'inherit',
  })
  const [code, signal] = await once(child, 'close')
  return signal ?? code
}

async function afterDyingAt(failPoint: string, goal: string): Promise<readonly string[]> {
  expect(await live(goal, failPoint)).toBe('SIGKILL')
  expect(await live(goal)).toBe(0)
  return readFileSync(join(folder, 'participant.log'), 'utf8').trim().split('\n')
}

describe('a process that is killed, and started again', () => {
  it.each([
    'before saga.started',
    'after saga.started',
    'before-call a',
    'after-call a',
    'before saga.done',
    'after saga.done',
    'after-call b',
    'after-call c',
    'after-call d',
    'before saga.completed',
    'after saga.completed',
  ])('%s: the saga completes, each effect once', async (failPoint) => {
    const effects = ['run 1/a', 'run 1/b', 'run 1/c', 'run 1/d', 'end completed']
    expect(await afterDyingAt(failPoint, 'completed')).toEqual(effects)
  })

  it.each([
    'after-call b',
    'before saga.compensating',
    'after saga.compensating',
    'before-undo b',
    'during-undo b',
    'before saga.undone',
    'after saga.undone',
    'during-undo a',
    'before saga.compensated',
    'after saga.compensated',
  ])('%s: the saga is undone, in reverse order and once', async (failPoint) => {
    const lines = await afterDyingAt(failPoint, 'compensated')
    const effects = ['run 1/a', 'run 1/b', 'undo 1/b', 'undo 1/a', 'end compensated']
    expect(lines.filter((line) => line !== 'undo 1/c')).toEqual(effects)
    expect(lines.includes('undo 1/c') ? lines.indexOf('undo 1/c') : 2).toBe(2)
  })
})
