import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { sqliteStore } from '../sqlite/index.ts'
import { streamId } from '../store/event.ts'
import { consistencyChecker } from './consistency-checker.ts'
import { readLiveVersion } from './live-version.ts'
import { load } from './load.ts'
import { parkedKeys } from './parked-keys.ts'
import { COMMANDS, counter, FAIL_POINTS, POISON, strict, v1, v2, work } from './read-models.crash.work.fixture.ts'
import { listRows } from './read-row.ts'

const FIXTURE = join(import.meta.dirname, 'read-models.crash.fixture.ts')
const points = Object.keys(FAIL_POINTS).flatMap((point) => [
  { point, when: 'before', count: point === 'append' ? 7 : 1 },
  { point, when: 'after', count: point === 'checkpoint' ? 3 : 1 },
])

describe('a process that is killed', () => {
  it.concurrent.each(points)(
    '$when the commit of "$point" loses nothing it acknowledged and does nothing twice',
    async ({ point, when, count }) => {
      const folder = mkdtempSync(join(tmpdir(), 'watertight-crash-'))
      const file = join(folder, 'store.db')
      const args = ['--conditions=watertight-source', FIXTURE, file, point, when, String(count)]
      const process = spawn(globalThis.process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const [acknowledged, [, signal]] = await Promise.all([text(process.stdout), once(process, 'exit')])
      expect(signal, 'the fail-point was met').toBe('SIGKILL')

      const store = await sqliteStore({ file })
      for (const key of acknowledged.split('\n').filter((line) => line !== '')) {
        const n = Number(key.slice(1))
        const stream = streamId('counter', ['a', 'b', 'c'][n % 3] ?? '')
        expect(await store.appended(stream, key), `${key} was acknowledged`).toBeDefined()
      }
      await work(store)

      const all = Array.from({ length: COMMANDS }, (_, n) => n)
      const sums = ['a', 'b', 'c'].map((id, i) => ({ id, sum: sumOf(all.filter((n) => n % 3 === i)) }))
      expect((await store.readLog({ after: 0, categories: ['counter'] })).events).toHaveLength(COMMANDS)
      for (const { id, sum } of sums) expect((await load(store, counter, id)).state).toBe(sum)
      expect(await listRows(v1, store)).toEqual(sums.map(({ id, sum }) => ({ key: id, row: sum })))
      expect(await listRows(v2, store)).toEqual(sums.map(({ id, sum }) => ({ key: id, row: { sum } })))
      const poisoned = ['a', 'b', 'c'][POISON % 3]
      expect(await listRows(strict, store)).toEqual(
        sums.map(({ id, sum }) => ({ key: id, row: id === poisoned ? sum - POISON : sum })),
      )
      expect(await parkedKeys(strict, { store }).skipped()).toHaveLength(1)
      expect((await readLiveVersion(store, 'sum')).live?.version).toBe(2)
      for (const one of [v1, v2, strict]) {
        expect(await consistencyChecker<unknown>(one, { store, retryDelay: 0 }).check()).toMatchObject({
          rows: 3,
          left: [],
        })
      }
      await store.close()
      rmSync(folder, { recursive: true })
    },
  )
})

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0)
}
