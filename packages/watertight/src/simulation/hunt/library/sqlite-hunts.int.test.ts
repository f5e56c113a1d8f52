import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Runtime } from '../../../runtime/runtime.ts'
import { sqliteStore } from '../../../sqlite/sqlite-store.ts'
import type { Store } from '../../../store/store.ts'
import { hunt } from '../hunt.ts'
import { huntText } from '../hunt-text.ts'
import { eventsHunt } from './events-hunt.ts'
import { readModelsHunt } from './read-models-hunt.ts'
import { sagaHunt } from './saga-hunt.ts'

let folder: string
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watertight-hunt-'))
})

afterAll(() => rm(folder, { recursive: true }))

const store = (runtime: Runtime): Promise<Store> =>
  sqliteStore({ file: join(folder, `${++files}.db`), runtime, pollInterval: '1s' })

describe('the hunts of the library on SQLite', () => {
  it.each([
    ['events', eventsHunt],
    ['read-models', readModelsHunt],
    ['saga', sagaHunt],
  ])('find nothing (%s)', { timeout: 180_000 }, async (name, make) => {
    const report = await hunt(make({ store }), { seeds: 6 })
    expect(huntText(report)).toContain(`${name}: holds with 6 seeds`)
  })
})
