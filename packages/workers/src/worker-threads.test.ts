import { afterEach, describe, expect, it } from 'vitest'
import { classify } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'
import type { WorkerPoolOptions } from './pool-options.ts'
import { type WorkerPool, workerPool } from './worker-pool.ts'

const file = new URL('./tasks.fixture.ts', import.meta.url)
const TURNS = 500

let pools: WorkerPool<unknown, unknown>[] = []
afterEach(async () => {
  await Promise.all(pools.map(async (pool) => await pool.close()))
  pools = []
})

/** A pool of real threads for one of the tasks beside this file. */
function make(exported: string, options: WorkerPoolOptions = {}): WorkerPool<unknown, unknown> {
  const pool = workerPool<unknown, unknown>('tasks', { file, exported, max: 1, queue: 10, ...options })
  pools.push(pool)
  return pool
}

/** Two numbers that both sides see: set by the test; counted by the task. */
const flag = (): Int32Array => new Int32Array(new SharedArrayBuffer(8))

const begun = async (shared: Int32Array, times = 1): Promise<void> => {
  await expect.poll(() => Atomics.load(shared, 1), { interval: 2, timeout: 10_000 }).toBe(times)
}

describe('real threads', () => {
  it('hash passwords', async () => {
    expect(await make('hashPassword').run('correct horse')).toMatch(/^[0-9a-f]{32}:[0-9a-f]{64}$/)
  })

  it('read large JSON', async () => {
    const json = JSON.stringify(Array.from({ length: 20_000 }, (_, id) => ({ id })))
    expect(await make('countRecords').run(json)).toBe(20_000)
  })

  it('leave the event loop free: it turns while they compute without a pause', async () => {
    const shared = flag()
    const computing = make('computeUntil').run(shared)
    await begun(shared)
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
    // It computes until told otherwise: by nobody, had the loop stood still.
    Atomics.store(shared, 0, 1)
    expect(await computing).toBe('computed long')
  })

  it('run a script that has no file', async () => {
    const script = `import { createHash } from 'node:crypto'
      export const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 8)`
    const pool = workerPool<string, string>('script', { script, exported: 'digest', max: 1 })
    expect(await pool.run('abc')).toBe('ba7816bf')
    await pool.close()
  })

  it('hand on what a task throws, with its code and status', async () => {
    const error: unknown = await make('fail')
      .run(1)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'RangeError', message: 'out of range', code: 'E_RANGE', status: 422 })
    expect((error as Error).stack).toContain('tasks.fixture.ts')
    expect(classify(error)).toBe('ignored')
  })

  it.each([
    ['exits', 'exit'],
    ['throws where nobody can catch it', 'throwElsewhere'],
  ])('take only their own task down when it %s', async (_what, exported) => {
    const pool = make(exported)
    await expect(pool.run(1)).rejects.toMatchObject({ code: 'WORKER_DIED', retryable: true })
    await expect(pool.run(1)).rejects.toMatchObject({ code: 'WORKER_DIED' })
    expect(pool.state()).toMatchObject({ threads: 0, active: 0, died: 2 })
  })

  it('end when a task needs more memory than it may', async () => {
    const pool = make('useMemory', { memoryMb: 16 })
    await expect(pool.run(1)).rejects.toMatchObject({ code: 'WORKER_OUT_OF_MEMORY', retryable: false })
    expect(pool.state().threads).toBe(0)
  })

  it('end in the middle of a computation that nobody wants any more', async () => {
    const [pool, shared] = [make('computeUntil'), flag()]
    const controller = new AbortController()
    const computing = pool.run(shared, { signal: controller.signal })
    await begun(shared)
    controller.abort()
    await expect(computing).rejects.toMatchObject({ code: 'CANCELLED' })
    // Nobody has told that computation to end: the place becomes free all the same.
    const next = pool.run(shared)
    await begun(shared, 2)
    Atomics.store(shared, 0, 1)
    expect(await next).toBe('computed long')
  })

  it('say so when a task is not there, and work on', async () => {
    for (const exported of ['nothing', 'notAFunction'])
      await expect(make(exported).run(1)).rejects.toMatchObject({ code: 'WORKER_TASK_UNUSABLE', retryable: false })
    const missing = make('echo', { file: new URL('./missing.ts', import.meta.url) })
    await expect(missing.run(1)).rejects.toMatchObject({ code: 'WORKER_TASK_UNUSABLE' })
    expect(missing.state()).toMatchObject({ threads: 1, died: 0 })
  })

  it('say so when something cannot be sent between threads', async () => {
    await expect(make('echo').run(() => 1)).rejects.toMatchObject({ code: 'WORKER_NOT_CLONEABLE' })
    await expect(make('answerWithFunction').run(1)).rejects.toMatchObject({
      code: 'WORKER_NOT_CLONEABLE',
      retryable: false,
    })
  })

  it('report what a task has left behind that throws later, and are replaced', async () => {
    const runtime = new VirtualRuntime()
    const pool = workerPool<number, string>('left', { file, exported: 'leaveBehind', max: 1 }, runtime)
    expect(await pool.run(1)).toBe('done')
    await expect.poll(() => runtime.reported.length, { interval: 2 }).toBe(1)
    expect(await pool.run(1)).toBe('done')
    expect(pool.state().started).toBe(2)
    await pool.close()
  })

  it('leave the overflow to the caller, one task for each key, where that is asked for', async () => {
    const pool = make('waitUntil', { queue: 0, whenFull: 'callerRuns' })
    const shared = flag()
    const all = ['a', 'a', 'a', 'b'].map(
      async (key) => await pool.run(shared, { key }).catch((error: { code?: unknown }) => error.code),
    )
    await begun(shared, 3)
    expect(pool.state()).toMatchObject({ threads: 1, overflow: 2 })
    Atomics.store(shared, 0, 1)
    expect(await Promise.all(all)).toEqual(['waited', 'waited', 'BULKHEAD_FULL', 'waited'])
  })
})
