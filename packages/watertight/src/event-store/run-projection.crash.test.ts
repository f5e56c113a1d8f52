import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sqliteStore } from '../sqlite/index.ts'
import { type Store, streamId } from '../store/index.ts'
import { projection } from './projection.ts'
import { readRow } from './read-row.ts'
import { runProjection } from './run-projection.ts'

const FIXTURE = join(import.meta.dirname, 'run-projection.crash.fixture.ts')
const counted = projection<number>('counted', { version: 1 }).on('visit.made', (row = 0) => row + 1)

let folder: string
let store: Store
let member: ChildProcess

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'watertight-crash-'))
  const file = join(folder, 'store.db')
  store = await sqliteStore({ file })
  member = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
})

afterEach(async () => {
  member.kill('SIGKILL')
  await store.close()
  rmSync(folder, { recursive: true })
})

async function visit(times: number): Promise<void> {
  await Promise.all(
    Array.from({ length: times }, (_, i) => {
      const id = crypto.randomUUID()
      const event = { id, type: 'visit.made', schema: 1, data: null, meta: { correlation: id, causation: id } }
      const stream = streamId('visit', `page-${i % 3}`)
      return store.commit({ appends: [{ stream, expected: 'any', appendId: id, events: [event] }] })
    }),
  )
}

async function positionReached(position: number): Promise<void> {
  if (!member.stdout) return
  for await (const line of createInterface(member.stdout)) if (Number(line) >= position) return
}

it('A member that is killed counts nothing twice and loses nothing: the next one goes on where it stood', async () => {
  await visit(300)
  await positionReached(50)
  const killed = once(member, 'exit')
  member.kill('SIGKILL')
  await visit(300)
  await killed
  const next = runProjection(counted, { store, leaseTtl: '400ms' })
  const { promise: atTheEnd, resolve } = Promise.withResolvers<void>()
  next.on('handled', ({ position }) => {
    if (position >= 600) resolve()
  })
  await atTheEnd
  await next.close()
  expect(await Promise.all([0, 1, 2].map((page) => readRow(counted, store, `page-${page}`)))).toEqual([200, 200, 200])
})
