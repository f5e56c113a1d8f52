import { beforeEach, describe, expect, it } from 'vitest'
import { circuitBreaker, pipeline } from '../resilience/index.ts'
import { WatertightError } from '../runtime/error.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { saga } from './definition.ts'
import { sagaEngine } from './engine.ts'
import { instanceStream } from './unfinished-index.ts'
import type { Input } from './saga-input.ts'

let runtime: VirtualRuntime
let store: Store

beforeEach(() => {
  runtime = new VirtualRuntime()
  store = memoryStore({ runtime })
})

const down = (retryAfterMs?: number) => new WatertightError('DOWN', 'down', { retryable: true, retryAfterMs })

describe('a step that fails for the time being', () => {
  it('is tried again under the same key, with growing waits, and then undone', async () => {
    const tries: [number, string, number][] = []
    const undone: string[] = []
    const paying = saga('paying', { version: 1 }, (s: Input<string>) =>
      s.step('charge', {
        retry: { attempts: 4, delay: 100, jitter: 0 },
        run: ({ key, attempt }) => {
          tries.push([runtime.now(), key, attempt])
          throw down()
        },
        undo: ({ key }) => undone.push(key),
      }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [paying] })
    const handle = await runtime.run(engine.start(paying, '1', 'x'))
    expect(await runtime.run(handle.done)).toMatchObject({
      outcome: 'compensated',
      cause: { kind: 'failed', code: 'DOWN' },
    })
    const start = tries[0]?.[0] ?? 0
    expect(tries).toEqual([
      [start, '1/charge', 1],
      [start + 100, '1/charge', 2],
      [start + 300, '1/charge', 3],
      [start + 700, '1/charge', 4],
    ])
    expect(undone).toEqual(['1/charge'])
    await runtime.run(engine.close())
  })

  it.each([1e12, Infinity])('does not sleep for years because its participant asked for %d ms', async (asked) => {
    let tries = 0
    const paying = saga('paying', { version: 1 }, (s: Input<string>) =>
      s.step('charge', {
        run: () => {
          if (++tries === 1) throw down(asked)
          return 'paid'
        },
      }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [paying] })
    const handle = await runtime.run(engine.start(paying, '1', 'x'))
    expect(await runtime.run(handle.done, '2h')).toMatchObject({ outcome: 'completed' })
    await runtime.run(engine.close())
  })

  it('is tried on and on behind the pivot', async () => {
    let tries = 0
    const shipping = saga('shipping', { version: 1 }, (s: Input<string>) =>
      s
        .step('charge', { run: () => 1 })
        .pivot()
        .step('ship', {
          run: () => {
            if (++tries < 50) throw down()
            return 'shipped'
          },
        }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [shipping] })
    const handle = await runtime.run(engine.start(shipping, '1', 'x'))
    expect(await runtime.run(handle.done)).toMatchObject({ outcome: 'completed', results: { ship: 'shipped' } })
    await runtime.run(engine.close())
  })

  it('waits as long as the error says', async () => {
    const tries: number[] = []
    const paying = saga('paying', { version: 1 }, (s: Input<string>) =>
      s.step('charge', {
        run: () => {
          tries.push(runtime.now())
          if (tries.length === 1) throw down(7_000)
        },
      }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [paying] })
    await runtime.run(engine.start(paying, '1', 'x'))
    await runtime.advance('10s')
    expect((tries[1] ?? 0) - (tries[0] ?? 0)).toBe(7_000)
    await runtime.run(engine.close())
  })

  it('sleeps in the store when the wait is long, out of memory, across a restart, and counts its attempts', async () => {
    const tries: [number, number][] = []
    const paying = saga('paying', { version: 1 }, (s: Input<string>) =>
      s.step('charge', {
        retry: { attempts: 3 },
        run: ({ attempt }) => {
          tries.push([Math.floor(runtime.now() / 3_600_000), attempt])
          throw down(3_600_000)
        },
      }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [paying] })
    await runtime.run(engine.start(paying, '1', 'x'))
    await runtime.advance('1m')
    expect(engine.active).toBe(0)
    await runtime.run(engine.close())
    const second = sagaEngine({ store, runtime, sagas: [paying] })
    await runtime.advance('3h')
    expect(tries).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ])
    expect(await second.inspect({ saga: 'paying', id: '1' })).toMatchObject({ status: 'compensated' })
    expect(await store.due()).toEqual([])
    await runtime.run(second.close())
  })
})

describe('a step whose pipeline refuses the call', () => {
  it('was not made: nothing is written, no attempt is counted, and 500 waiting instances come back without a stampede', async () => {
    let isUp = false
    let inside = 0
    let most = 0
    const attempts = new Set<number>()
    const via = pipeline('payments', circuitBreaker({ failures: 3, openFor: '5s' }))
    const paying = saga('paying', { version: 1 }, (s: Input<number>) =>
      s.step('charge', {
        via,
        retry: { attempts: 2 },
        concurrency: 40,
        run: async ({ attempt, input }) => {
          if (!isUp) throw down()
          if (input >= 3) attempts.add(attempt)
          most = Math.max(most, ++inside)
          await new Promise<void>((resolve) => runtime.timer(10, resolve, true))
          inside--
        },
      }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [paying] })
    await runtime.advance(1)
    let refused = 0
    engine.events.on('saga.refused', () => refused++)
    for (let i = 0; i < 3; i++) await runtime.run(engine.start(paying, String(i), i))
    await runtime.advance(10)
    const handles = await runtime.run(
      Promise.all(Array.from({ length: 500 }, (_, i) => engine.start(paying, String(i + 3), i + 3))),
    )
    await runtime.advance('2s')
    expect(refused).toBeLessThan(100)
    const [first] = handles
    if (first) expect((await store.readStream(instanceStream({ saga: 'paying', id: first.id }))).version).toBe(2)
    isUp = true
    const ends = await runtime.run(Promise.all(handles.map(({ done }) => done)))
    expect(ends.every(({ outcome }) => outcome === 'completed')).toBe(true)
    expect(most).toBeLessThanOrEqual(40)
    expect([...attempts]).toEqual([1])
    await runtime.run(engine.close())
    expect(runtime.heldTimers).toBe(0)
  })
})

describe('a step with a time limit', () => {
  it('asks the other side after the time is up, and does not run again what happened', async () => {
    let charges = 0
    let signalled = false
    const paying = saga('paying', { version: 1 }, (s: Input<string>) =>
      s.step('charge', {
        timeout: '1s',
        run: ({ signal }) => {
          charges++
          signal.addEventListener('abort', () => {
            signalled = true
          })
          return new Promise<string>(() => {})
        },
        confirm: () => ({ happened: true, result: 'receipt' }),
      }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [paying] })
    const handle = await runtime.run(engine.start(paying, '1', 'x'))
    expect(await runtime.run(handle.done)).toMatchObject({ outcome: 'completed', results: { charge: 'receipt' } })
    expect([charges, signalled]).toEqual([1, true])
    await runtime.run(engine.close())
  })
})
