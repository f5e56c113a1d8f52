import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const FIXTURE = fileURLToPath(new URL('child.fixture.ts', import.meta.url))
const FIXTURE_SHOP = fileURLToPath(new URL('shop.fixture.ts', import.meta.url))
const PATIENCE = { timeout: 8_000, interval: 20 }

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a supervisor that ends', () => {
  let folder: string
  let supervisor: ChildProcess
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'supervisor-'))
    supervisor = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE_SHOP, folder, FIXTURE], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    if (supervisor.stdout) await once(supervisor.stdout, 'data')
  })
  afterEach(async () => {
    supervisor.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })

  // The fixture throws an error that nobody catches on SIGUSR2.
  it.each(['SIGKILL', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)('leaves no orphan after %s', async (signal) => {
    const lines = (await readFile(join(folder, 'pids'), 'utf8')).trim().split('\n')
    const children = lines.map((line) => Number(line.split(' ')[1]))
    expect(children.filter(isAlive)).toHaveLength(2)
    supervisor.kill(signal)
    await once(supervisor, 'exit')
    await expect.poll(() => children.filter(isAlive), PATIENCE).toEqual([])
  })
})
