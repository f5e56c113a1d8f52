import { beforeEach, describe, expect, it } from 'vitest'
import { storeWithCommit } from '../event-store/store-with-commit.fixture.ts'
import { WatertightError } from '../runtime/error.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { saga } from './definition.ts'
import { sagaEngine } from './engine.ts'
import type { Input } from './saga-input.ts'
import { HINTS } from './unfinished-index.ts'

let runtime: VirtualRuntime
let store: Store
let calls: string[]

beforeEach(() => {
  runtime = new VirtualRuntime()
  store = memoryStore({ runtime })
  calls = []
})

const slow = (worker: string, ms = 1_000) =>
  saga('slow', { version: 1 }, (s: Input<string>) =>
    s.step('first', { run: () => calls.push(`${worker} first`) }).step('second', {
      timeout: '1h',
      run: () =>
        new Promise<string>((resolve) => {
          calls.push(`${worker} second`)
          runtime.timer(ms, () => resolve(worker), true)
        }),
    }),
  )

describe('engines on one store', () => {
  it('share the work of starting: one that does not own the instances hands them to the one that does', async () => {
    const a = slow('a')
    const b = slow('b')
    const owner = sagaEngine({ store, runtime, sagas: [a] })
    await runtime.advance(1)
    const other = sagaEngine({ store, runtime, sagas: [b] })
    const handle = await runtime.run(other.start(b, '1', 'x'))
    expect([owner.isOwner, other.isOwner]).toEqual([true, false])
    expect(await runtime.run(handle.done)).toMatchObject({ outcome: 'completed', results: { second: 'a' } })
    expect(calls).toEqual(['a first', 'a second'])
    expect(await store.scanRows(HINTS)).toEqual([])
    await runtime.run(Promise.all([owner.close(), other.close()]))
  })

  it('take over from one that is gone, and the work is done under the same key', async () => {
    const a = slow('a', 3_600_000)
    const b = slow('b')
    const first = sagaEngine({ store, runtime, sagas: [a] })
    await runtime.run(first.start(a, '1', 'x'))
    await runtime.advance(10)
    await runtime.run(first.close({ drain: 0 }))
    const second = sagaEngine({ store, runtime, sagas: [b] })
    await runtime.advance('5s')
    expect(calls).toEqual(['a first', 'a second', 'b second'])
    expect(await second.inspect({ saga: 'slow', id: '1' })).toMatchObject({
      status: 'completed',
      results: { second: 'b' },
    })
    await runtime.run(second.close())
  })

  it('never both write: one that was paused past its lease stops by its own clock and is fenced by the store', async () => {
    let isPaused = false
    const paused = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]): Promise<unknown> => {
          if (isPaused) await new Promise<void>((resolve) => runtime.timer(20_000, resolve, false))
          const answer: unknown = await value.apply(target, args)
          return answer
        }
      },
    })
    const a = slow('a', 11_000)
    const b = slow('b')
    const first = sagaEngine({ store: paused, runtime, sagas: [a] })
    await runtime.run(first.start(a, '1', 'x'))
    await runtime.advance(100)
    isPaused = true
    const second = sagaEngine({ store, runtime, sagas: [b] })
    await runtime.advance('9s')
    expect(first.isOwner).toBe(false)
    expect(first.active).toBe(0)
    await runtime.advance('10s')
    expect(second.isOwner).toBe(true)
    await runtime.advance('60s')
    expect(await second.inspect({ saga: 'slow', id: '1' })).toMatchObject({ results: { second: 'b' } })
    expect(calls.filter((call) => call.endsWith('second'))).toEqual(['a second', 'b second'])
    await runtime.run(second.close())
  })

  it('leave alone, and list, what is of a version or of steps they do not have', async () => {
    const old = slow('a', 3_600_000)
    const first = sagaEngine({ store, runtime, sagas: [old] })
    await runtime.run(first.start(old, '1', 'x'))
    await runtime.advance(10)
    await runtime.run(first.close({ drain: 0 }))
    const changed = saga('slow', { version: 1 }, (s: Input<string>) => s.step('other', { run: () => 1 }))
    const next = saga('slow', { version: 2 }, (s: Input<string>) => s.step('other', { run: () => 1 }))
    const second = sagaEngine({ store, runtime, sagas: [changed, next] })
    await runtime.advance('20s')
    expect(await second.unclaimed()).toEqual([{ saga: 'slow', id: '1', version: 1, digest: old.digest }])
    expect(second.active).toBe(0)
    await runtime.run(second.close())
  })

  it('resume an instance although it is started again while the engine boots', async () => {
    const a = slow('a', 3_600_000)
    const first = sagaEngine({ store, runtime, sagas: [a] })
    await runtime.run(first.start(a, '1', 'x'))
    await runtime.advance(10)
    await runtime.run(first.close({ drain: 0 }))
    const slowly = storeWithCommit(store, async (commit) => {
      await new Promise<void>((resolve) => runtime.timer(50, resolve, true))
      return await store.commit(commit)
    })
    const b = slow('b')
    const second = sagaEngine({ store: slowly, runtime, sagas: [b] })
    const handle = await runtime.run(second.start(b, '1', 'x'))
    expect(handle.repeated).toBe(true)
    expect(await runtime.run(handle.done, '10s')).toMatchObject({ outcome: 'completed' })
    await runtime.run(second.close())
  })

  it('keep hold of an instance that they resumed under a new lease before its start was answered', async () => {
    let isLate = true
    let isRenewed = false
    const slowly = storeWithCommit(store, async (commit) => {
      const committed = await store.commit(commit)
      if (isLate && commit.appends?.length) {
        isLate = false
        await new Promise<void>((resolve) => runtime.timer(30_000, resolve, true))
      }
      return committed
    })
    const lapsing: Store = new Proxy(slowly, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (name !== 'renew' || isRenewed) return value
        isRenewed = true
        return () => Promise.resolve(false)
      },
    })
    const a = slow('a', 3_600_000)
    const engine = sagaEngine({ store: lapsing, runtime, sagas: [a] })
    await runtime.run(engine.start(a, '1', 'x'))
    await runtime.advance('1s')
    expect(calls).toEqual(['a first', 'a second'])
    expect(engine.active).toBe(1)
    await runtime.run(engine.close({ drain: 0 }))
  })

  it('resume what was unfinished although the store failed while they looked for it', async () => {
    const a = slow('a', 3_600_000)
    const first = sagaEngine({ store, runtime, sagas: [a] })
    await runtime.run(first.start(a, '1', 'x'))
    await runtime.advance(10)
    await runtime.run(first.close({ drain: 0 }))
    for (const method of ['scanRows', 'readStream'] as const) {
      const b = slow(method, 3_600_000)
      const second = sagaEngine({ store: failingOnce(store, method), runtime, sagas: [b] })
      await runtime.advance('5s')
      expect(calls.at(-1)).toBe(`${method} second`)
      await runtime.run(second.close({ drain: 0 }))
    }
    expect(runtime.reported).toHaveLength(2)
  })

  it('resume every unfinished instance although reading one of them fails long after another', async () => {
    const never = slow('a', 3_600_000)
    const first = sagaEngine({ store, runtime, sagas: [never] })
    const ids = ['1', '2', '3']
    await runtime.run(Promise.all(ids.map((id) => first.start(never, id, 'x'))))
    await runtime.run(first.close({ drain: 0 }))

    const delays = [1, 5_000]
    const bad = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]): Promise<unknown> => {
          const delay = name === 'readStream' ? delays.pop() : undefined
          if (delay === undefined) return await value.apply(target, args)
          await new Promise<void>((resolve) => runtime.timer(delay, resolve, false))
          throw new WatertightError('STORE_UNAVAILABLE', 'lost', { retryable: true })
        }
      },
    })
    const second = sagaEngine({ store: bad, runtime, sagas: [slow('b')] })
    await runtime.advance('20s')
    const states = await runtime.run(Promise.all(ids.map((id) => second.inspect({ saga: 'slow', id }))))
    expect(states.map((state) => state?.status)).toEqual(['completed', 'completed', 'completed'])
    await runtime.run(second.close())
  })

  it('take up an instance whose start was written long after the store said that it failed', async () => {
    const a = slow('a')
    let isLate = true
    const late = storeWithCommit(store, async (commit) => {
      if (!isLate || commit.appends === undefined) return await store.commit(commit)
      runtime.timer(20_000, () => void store.commit(commit), false)
      throw new WatertightError('STORE_UNAVAILABLE', 'the connection broke', { retryable: true })
    })
    const engine = sagaEngine({ store: late, runtime, sagas: [a], limits: { lease: '1m' } })
    await expect(runtime.run(engine.start(a, '1', 'x'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    isLate = false
    await runtime.advance('1m')
    expect(await runtime.run(engine.inspect({ saga: 'slow', id: '1' }))).toMatchObject({ status: 'completed' })
    await runtime.run(engine.close())
  })
})

/** The first call of `method` is answered as by a database that is locked for long. */
function failingOnce(real: Store, method: 'scanRows' | 'readStream'): Store {
  let hasFailed = false
  return new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]): Promise<unknown> => {
        if (name === method && !hasFailed) {
          hasFailed = true
          throw new WatertightError('STORE_UNAVAILABLE', 'locked', { retryable: true })
        }
        const answer: unknown = await value.apply(target, args)
        return answer
      }
    },
  })
}

describe('an engine', () => {
  it('keeps no process alive while it is idle, and leaves nothing behind when it is closed', async () => {
    const a = slow('a')
    const engine = sagaEngine({ store, runtime, sagas: [a] })
    await runtime.run((await runtime.run(engine.start(a, '1', 'x'))).done)
    await runtime.advance('1h')
    expect(runtime.heldTimers).toBe(0)
    expect(engine.active).toBe(0)
    await runtime.run(engine.close())
    expect(runtime.pendingTimers).toBe(0)
  })

  it('has no more instances in memory than its limit, and still finishes all of them', async () => {
    const a = slow('a')
    const engine = sagaEngine({ store, runtime, sagas: [a], limits: { active: 3 } })
    const ids = Array.from({ length: 10 }, (_, i) => String(i))
    await runtime.run(Promise.all(ids.map((id) => engine.start(a, id, 'x'))))
    await runtime.advance(500)
    expect(engine.active).toBeLessThanOrEqual(3)
    await runtime.advance('1m')
    const states = await Promise.all(ids.map((id) => engine.inspect({ saga: 'slow', id })))
    expect(states.map((state) => state?.status)).toEqual(ids.map(() => 'completed'))
    await runtime.run(engine.close())
  })
})

describe('start', () => {
  const event = { id: 'e', type: 'order.placed', schema: 1, data: 1, meta: { correlation: 'c', causation: 'c' } }
  const order = streamId('order', '1')

  it('writes what belongs to it in the same commit, or nothing', async () => {
    const a = slow('a')
    const engine = sagaEngine({ store, runtime, sagas: [a] })
    const also = { appends: [{ stream: order, expected: 'absent' as const, appendId: 'p', events: [event] }] }
    await runtime.run(engine.start(a, '1', 'x', { also }))
    expect((await store.readStream(order)).version).toBe(1)
    const refused = engine.start(a, '2', 'x', {
      also: { appends: [{ ...also.appends[0], appendId: 'q' }] } as typeof also,
    })
    await expect(runtime.run(refused)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await engine.inspect({ saga: 'slow', id: '2' })).toBeUndefined()
    await runtime.run(engine.close())
  })

  it('is idempotent by id, and refuses the id for another input', async () => {
    const a = slow('a')
    const engine = sagaEngine({ store, runtime, sagas: [a] })
    const handle = await runtime.run(engine.start(a, '1', 'x'))
    const again = await runtime.run(engine.start(a, '1', 'x'))
    expect([handle.repeated, again.repeated]).toEqual([false, true])
    await expect(runtime.run(engine.start(a, '1', 'y'))).rejects.toMatchObject({ code: 'ID_REUSED' })
    await runtime.run(again.done)
    expect(calls).toEqual(['a first', 'a second'])
    await runtime.run(engine.close())
    await expect(engine.start(a, '3', 'x')).rejects.toMatchObject({ code: 'ENGINE_CLOSED' })
  })

  it('tells how far it came, or that the time was up', async () => {
    const a = slow('a')
    const engine = sagaEngine({ store, runtime, sagas: [a] })
    const handle = await runtime.run(engine.start(a, '1', 'x'))
    expect(await runtime.run(handle.reached('first'))).toEqual({ status: 'done', result: 1 })
    expect(await runtime.run(handle.reached('second', { timeout: 300 }))).toEqual({ status: 'waiting' })
    expect(await runtime.run(handle.reached('second', { signal: AbortSignal.abort() }))).toEqual({ status: 'waiting' })
    expect(await runtime.run(handle.reached('second'))).toEqual({ status: 'done', result: 'a' })
    await runtime.run(engine.close())
    expect(runtime.heldTimers).toBe(0)
  })

  it('leaves nobody waiting when the engine closes', async () => {
    const a = slow('a', 3_600_000)
    const engine = sagaEngine({ store, runtime, sagas: [a] })
    const handle = await runtime.run(engine.start(a, '1', 'x'))
    const end = handle.done.catch((error: unknown) => error)
    await runtime.run(engine.close({ drain: '1s' }))
    expect(await end).toMatchObject({ code: 'ENGINE_CLOSED' })
    expect(engine.active).toBe(0)
  })

  it('lets nobody wait for ever, and keeps no process alive, who begins to wait when the engine is closed', async () => {
    const a = slow('a', 3_600_000)
    const engine = sagaEngine({ store, runtime, sagas: [a] })
    const handle = await runtime.run(engine.start(a, '1', 'x'))
    await runtime.run(engine.close({ drain: '1s' }))
    const ofTheParticipant = runtime.heldTimers
    const end = handle.done.catch((error: unknown) => error)
    const reached = handle.reached('second')
    await runtime.advance('1s')
    expect(runtime.heldTimers).toBe(ofTheParticipant)
    expect(await end).toMatchObject({ code: 'ENGINE_CLOSED' })
    expect(await reached).toEqual({ status: 'waiting' })
  })
})
