import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { pipeline, timeout } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'
import { type FakeTask, FakeThreads } from './fake-thread.fixture.ts'
import type { WorkerPoolOptions } from './pool-options.ts'
import { type WorkerPool, workerPool } from './worker-pool.ts'

let runtime = new VirtualRuntime()
let threads = new FakeThreads(runtime)

beforeEach(() => {
  runtime = new VirtualRuntime()
  threads = new FakeThreads(runtime, 5)
})

const make = (options: WorkerPoolOptions): WorkerPool<FakeTask, number> =>
  workerPool('pool', { script: 'none', start: threads.start, ...options }, runtime)

const task = (ms: number, way: FakeTask['way'] = 'value'): FakeTask => ({ way, ms })

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => 'fine',
    (error: { code?: unknown }) => error.code,
  )

describe('a worker pool', () => {
  it('starts no thread before it is needed, and no more than may be', async () => {
    const pool = make({ max: 2, queue: 10 })
    expect(threads.living).toBe(0)
    const all = Promise.all(Array.from({ length: 6 }, () => pool.run(task(10))))
    await runtime.advance(0)
    expect(pool.state()).toMatchObject({ threads: 2, busy: 2, waiting: 4 })
    await runtime.advance(30)
    expect(await all).toEqual([1, 1, 1, 1, 1, 1])
    expect(threads.most).toBe(2)
    expect(pool.state()).toMatchObject({ started: 2, busy: 0, active: 0 })
  })

  it('refuses when all threads and all places in the queue are taken', async () => {
    const pool = make({ max: 1, queue: 1 })
    const codes = Promise.all([1, 2, 3].map(() => codeOf(pool.run(task(10)))))
    await runtime.advance(20)
    expect(await codes).toEqual(['fine', 'fine', 'BULKHEAD_FULL'])
  })

  it('does the urgent first', async () => {
    const pool = make({ max: 1, queue: 9 })
    const done: string[] = []
    void pool.run(task(10))
    for (const priority of ['low', 'normal', 'high'] as const)
      void pool.run(task(10), { priority }).then(() => done.push(priority))
    await runtime.advance(40)
    expect(done).toEqual(['high', 'normal', 'low'])
  })

  it('drops the task that waits longest, where that is asked for', async () => {
    const pool = make({ max: 1, queue: 1, whenFull: 'discardOldest' })
    const codes = Promise.all([1, 2, 3].map(() => codeOf(pool.run(task(10)))))
    await runtime.advance(20)
    expect(await codes).toEqual(['fine', 'DISCARDED', 'fine'])
  })

  it('lets threads above the core go when they have nothing to do, and keeps the others', async () => {
    const pool = make({ core: 1, max: 3, idle: '1s' })
    void Promise.all([1, 2, 3].map(() => pool.run(task(10))))
    await runtime.advance(10)
    expect(threads.living).toBe(3)
    await runtime.advance('1s')
    await runtime.advance(10)
    expect(threads.living).toBe(1)
    pool.check()
  })

  it('ends the thread of a task that is given up on, and takes another one only when that has really ended', async () => {
    const pool = make({ max: 1, queue: 1 })
    const controller = new AbortController()
    const given = codeOf(pool.run(task(0, 'hang'), { signal: controller.signal }))
    await runtime.advance(1)
    const next = pool.run(task(1))
    controller.abort()
    expect(await given).toBe('CANCELLED')
    expect(threads.living).toBe(1)
    await runtime.advance(4)
    expect(pool.state().started).toBe(1)
    await runtime.advance(2)
    expect(await next).toBe(1)
    expect(threads.most).toBe(1)
    expect(pool.state()).toMatchObject({ started: 2, died: 0 })
  })

  it('lets a task go on that is given up on, where that is asked for, and keeps its place', async () => {
    const pool = make({ max: 1, onAbort: 'detach' })
    const controller = new AbortController()
    const given = codeOf(pool.run(task(100), { signal: controller.signal }))
    controller.abort()
    expect(await given).toBe('CANCELLED')
    expect(await codeOf(pool.run(task(1)))).toBe('BULKHEAD_FULL')
    await runtime.advance(100)
    const next = pool.run(task(1))
    await runtime.advance(1)
    expect(await next).toBe(1)
    expect(pool.state().started).toBe(1)
  })

  it('never has more threads than may be, even when detached work does not stop for longer than its permit is kept', async () => {
    const pool = make({ max: 1, onAbort: 'detach' })
    const controller = new AbortController()
    void pool.run(task(0, 'hang'), { signal: controller.signal }).catch(() => undefined)
    controller.abort()
    await runtime.advance('10m')
    expect(await codeOf(pool.run(task(1)))).toBe('BULKHEAD_FULL')
    expect(threads.most).toBe(1)
  })

  it('refuses nobody because a thread that was idle for too long has not quite ended', async () => {
    const pool = make({ core: 1, max: 2, idle: '1s' })
    void Promise.all([pool.run(task(10)), pool.run(task(10))])
    await runtime.advance(1_010)
    expect(threads.living).toBe(2)
    const all = Promise.all([pool.run(task(10)), pool.run(task(10))])
    await runtime.advance(20)
    expect(await all).toEqual([1, 1])
    expect(threads.most).toBe(2)
  })

  it('starts no task that was given up on while it waited', async () => {
    const pool = make({ max: 1, queue: 5 })
    void pool.run(task(10))
    const controller = new AbortController()
    const given = codeOf(pool.run(task(10), { signal: controller.signal }))
    controller.abort()
    expect(await given).toBe('CANCELLED')
    await runtime.advance(10)
    expect(pool.state()).toMatchObject({ completed: 1, busy: 0 })
  })

  it('lets only the task of a thread fail that dies', async () => {
    const pool = make({ max: 2 })
    const codes = Promise.all([codeOf(pool.run(task(5, 'die'))), codeOf(pool.run(task(20)))])
    await runtime.advance(20)
    expect(await codes).toEqual(['WORKER_DIED', 'fine'])
    await expect(Promise.all([pool.run(task(0)), runtime.advance(1)])).resolves.toBeDefined()
    expect(pool.state()).toMatchObject({ died: 1, threads: 1 })
  })

  it('does a task in a pipeline, and stops it with the attempt', async () => {
    const pool = make({ max: 1 })
    const outer = pipeline('outer', timeout('50ms')).on(runtime)
    const outcome = outer.outcome(pool.task(task(0, 'hang')))
    await runtime.advance(60)
    expect(await outcome).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT' } })
    expect(threads.living).toBe(0)
    expect(pool.state()).toMatchObject({ active: 0, busy: 0 })
  })

  it('can be widened and narrowed while it works', async () => {
    const pool = make({ max: 1, queue: 9 })
    const all = Promise.all(Array.from({ length: 6 }, () => pool.run(task(10))))
    await runtime.advance(1)
    pool.update({ max: 3, core: 3 })
    await runtime.advance(0)
    expect(pool.state()).toMatchObject({ busy: 3, waiting: 3 })
    pool.update({ max: 1, core: 1 })
    await runtime.advance(12)
    pool.check()
    expect(pool.state()).toMatchObject({ busy: 1 })
    await runtime.advance(100)
    expect(await all).toHaveLength(6)
    expect(threads.living).toBe(1)
    expect(pool.options).toMatchObject({ max: 1, queue: 9 })
    pool.check()
  })

  it('lets idle threads go at once when there are to be fewer', async () => {
    const pool = make({ max: 3 })
    void Promise.all([1, 2, 3].map(() => pool.run(task(10))))
    await runtime.advance(10)
    pool.update({ max: 1 })
    await runtime.advance(5)
    expect(threads.living).toBe(1)
    expect(runtime.heldTimers).toBe(0)
  })

  it('refuses changes that make no sense, and stays as it was', () => {
    const pool = make({ max: 3 })
    expect(() => pool.update({ max: 0 })).toThrow(/max/)
    expect(() => pool.update({ memoryMb: 5 } as object)).toThrow(/WorkerPool.update has no option memoryMb/)
    expect(pool.options.max).toBe(3)
  })

  it('takes no task any more when it is closed, and ends those under way', async () => {
    const pool = make({ max: 2, queue: 1 })
    const codes = Promise.all([1, 2, 3].map(() => codeOf(pool.run(task(0, 'hang')))))
    await runtime.advance(1)
    const closed = pool.close()
    expect(await codeOf(pool.run(task(1)))).toBe('WORKERS_CLOSED')
    await runtime.advance(5)
    await closed
    expect(await codes).toEqual(['WORKERS_CLOSED', 'WORKERS_CLOSED', 'WORKERS_CLOSED'])
    expect(threads.living).toBe(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('refuses options that make no sense', () => {
    expect(() => workerPool('p', {})).toThrow(/file must be a module/)
    expect(() => workerPool('p', { script: 'a', file: 'b' })).toThrow(/script/)
    expect(() => workerPool('p', { file: new URL('https://example.com/a.js') })).toThrow(/file must be/)
    expect(() => make({ core: 3, max: 2 })).toThrow(/core/)
    expect(() => make({ max: 0 })).toThrow(/max/)
    expect(() => make({ memoryMb: 0.5 })).toThrow(/memoryMb/)
    expect(() => make({ workers: 2 } as object)).toThrow(/workerPool has no option workers/)
  })

  it('loses no permit and no thread, whatever becomes of its tasks', async () => {
    const call = fc.record({
      at: fc.integer({ min: 0, max: 500 }),
      ms: fc.integer({ min: 0, max: 100 }),
      way: fc.constantFrom('value' as const, 'fail' as const, 'die' as const, 'hang' as const),
      abortAfter: fc.integer({ min: 0, max: 200 }),
      priority: fc.constantFrom('low' as const, 'normal' as const, 'high' as const),
    })
    const options = fc.record({
      core: fc.integer({ min: 1, max: 2 }),
      max: fc.integer({ min: 2, max: 4 }),
      queue: fc.integer({ min: 0, max: 5 }),
      maxWait: fc.constantFrom(20, Infinity),
      whenFull: fc.constantFrom('abort' as const, 'discard' as const, 'discardOldest' as const),
      onAbort: fc.constantFrom('terminate' as const, 'detach' as const),
      idle: fc.constantFrom(10, 1_000),
    })
    await fc.assert(
      fc.asyncProperty(options, fc.array(call, { maxLength: 30 }), async (how, calls) => {
        const time = new VirtualRuntime()
        const made = new FakeThreads(time, 3)
        const pool = workerPool<FakeTask, number>('pool', { script: 'none', start: made.start, ...how }, time)
        let answered = 0
        for (const { at, ms, way, abortAfter, priority } of calls) {
          time.timer(
            at,
            () => {
              const controller = new AbortController()
              time.timer(abortAfter, () => controller.abort(), false)
              // What hangs and is not ended would be there for ever.
              const input = task(ms, way === 'hang' && how.onAbort === 'detach' ? 'value' : way)
              void codeOf(pool.run(input, { signal: controller.signal, priority })).then(() => answered++)
            },
            false,
          )
        }
        for (let i = 0; i < 20; i++) {
          await time.advance(50)
          pool.check()
          expect(made.living).toBeLessThanOrEqual(how.max)
        }
        expect(answered).toBe(calls.length)
        expect(made.working).toBe(0)
        expect(pool.state()).toMatchObject({ active: 0, waiting: 0, busy: 0 })
        await time.advance('10s')
        expect(made.living).toBeLessThanOrEqual(how.core)
        expect(time.heldTimers).toBe(0)
        expect(time.reported).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
