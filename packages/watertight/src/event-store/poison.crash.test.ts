import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sqliteStore } from '../sqlite/index.ts'
import { streamId } from '../store/event.ts'
import { parkedKeys } from './parked-keys.ts'
import { projection } from './projection.ts'
import { readRow } from './read-row.ts'

const FIXTURE = join(import.meta.dirname, 'poison.crash.fixture.ts')
const EVENTS = 40
const counted = projection<number>('counted', { version: 1 }).on('visit.made', (row = 0) => row + 1)

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watertight-crash-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('An event that kills every process is found after few crashes, and parked with its row; all other rows are complete', async () => {
  const file = join(folder, 'store.db')
  const store = await sqliteStore({ file })
  for (let n = 1; n <= EVENTS; n++) {
    const event = { id: `e-${n}`, type: 'visit.made', schema: 1, data: n === 23 ? 'deadly' : 'harmless' }
    const events = [{ ...event, meta: { correlation: 'c', causation: 'c' } }]
    const stream = streamId('visit', `page-${n % 4}`)
    await store.commit({ appends: [{ stream, expected: 'any', appendId: event.id, events }] })
  }
  let crashes = 0
  for (let isOver = false; !isOver; ) {
    const member = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE, file, `${EVENTS}`], {
      stdio: 'inherit',
    })
    const [code, signal] = await once(member, 'exit')
    isOver = code === 0
    if (signal === 'SIGKILL') crashes++
    expect(crashes).toBeLessThan(10)
  }
  // One with the batch, and two with the event alone.
  expect(crashes).toBe(3)
  expect(await Promise.all([0, 1, 2].map((page) => readRow(counted, store, `page-${page}`)))).toEqual([10, 10, 10])
  const keys = parkedKeys(counted, { store })
  expect(await keys.list()).toEqual([expect.objectContaining({ key: 'page-3', crashes: 2, heldTo: 10 })])
  expect(await keys.retry('page-3')).toEqual({ released: true })
  expect(await readRow(counted, store, 'page-3')).toBe(10)
  await store.close()
})
