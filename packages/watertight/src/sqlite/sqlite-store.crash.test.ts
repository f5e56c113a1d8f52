import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sqliteStore } from './sqlite-store.ts'

const FIXTURE = join(import.meta.dirname, 'sqlite-store.crash.fixture.ts')
/** Three events in two streams, and a row. */
const PARTS_PER_COMMIT = 4

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watertight-crash-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function start(file: string, writer: string): { child: ChildProcess; acknowledged: string[] } {
  const child = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE, file, writer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  if (child.stdout) createInterface(child.stdout).on('line', (id) => acknowledged.push(id))
  return { child, acknowledged }
}

async function acknowledgedBeforeKill(
  file: string,
  writers: readonly string[],
  commits: number,
): Promise<readonly string[]> {
  const running = writers.map((writer) => start(file, writer))
  const exited = running.map(async ({ child }) => {
    const [, signal] = await once(child, 'close')
    return signal
  })
  const count = (): number => running.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
  const alive = (): boolean => running.every(({ child }) => child.exitCode === null)
  while (alive() && count() < commits) await new Promise((resolve) => setTimeout(resolve, 1))
  for (const { child } of running) child.kill('SIGKILL')
  expect(await Promise.all(exited)).toEqual(writers.map(() => 'SIGKILL'))
  return running.flatMap(({ acknowledged }) => acknowledged)
}

interface Audit {
  /** Commits of which everything is there. */
  readonly whole: ReadonlySet<string>
  /** Commits of which something is there, and something is not. */
  readonly torn: readonly string[]
  /** The versions of the stream that all commits write to. */
  readonly shared: readonly number[]
  readonly takesMore: boolean
}

async function audit(file: string): Promise<Audit> {
  const store = await sqliteStore({ file })
  try {
    const { events } = await store.readLog({ after: 0, max: 1_000_000 })
    const rows = await store.scanRows('written', { max: 1_000_000 })
    const parts = new Map<string, number>()
    for (const id of [...events.map(({ meta }) => meta.correlation), ...rows.map(({ key }) => key)]) {
      parts.set(id, (parts.get(id) ?? 0) + 1)
    }
    const ids = [...parts.keys()]
    const { ok } = await store.commit({ checkpoint: { name: 'audit', from: 0, to: 1 } })
    return {
      whole: new Set(ids.filter((id) => parts.get(id) === PARTS_PER_COMMIT)),
      torn: ids.filter((id) => parts.get(id) !== PARTS_PER_COMMIT),
      shared: events.filter(({ stream }) => stream.category === 'shared').map(({ version }) => version),
      takesMore: ok,
    }
  } finally {
    await store.close()
  }
}

describe('A process that commits and is killed', () => {
  it.each([
    { writers: ['a'], commits: 1 },
    { writers: ['a'], commits: 40 },
    { writers: ['a'], commits: 333 },
    { writers: ['a', 'b'], commits: 150 },
  ])('loses nothing it was told is done, leaves nothing half done: $writers, $commits commits', async (run) => {
    const file = join(folder, 'store.db')
    const acknowledged = await acknowledgedBeforeKill(file, run.writers, run.commits)
    const { whole, torn, shared, takesMore } = await audit(file)
    expect(acknowledged.length).toBeGreaterThanOrEqual(run.commits)
    expect(acknowledged.filter((id) => !whole.has(id))).toEqual([])
    expect(torn).toEqual([])
    expect(shared).toEqual(Array.from(whole, (_, i) => i + 1))
    expect(takesMore).toBe(true)
  })
})
