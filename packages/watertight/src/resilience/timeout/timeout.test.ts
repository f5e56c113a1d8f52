import { AsyncLocalStorage } from 'node:async_hooks'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import { immediate } from '../retry/backoff.ts'
import { retry } from '../retry/retry.ts'
import { timeout } from './timeout.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const hang = () => new Promise<never>(() => {})

describe('a timeout', () => {
  it('fails the call when its time is over, aborts the signal, and says how long it waited', async () => {
    const one = pipeline('p', timeout('1s')).on(runtime)
    let reason: unknown
    const call = one.run(({ signal }) => {
      signal.addEventListener('abort', () => (reason = signal.reason))
      return hang()
    })
    const failure = call.catch((error: unknown) => error)
    await runtime.advance('1s')
    expect(await failure).toMatchObject({
      code: 'TIMED_OUT',
      message: 'p: no result within 1000 ms',
      retryable: true,
    })
    expect(reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('causes no unhandled rejection when abandoned work fails later', async () => {
    const one = pipeline('p', timeout('1s')).on(runtime)
    const outcome = one.outcome(
      () => new Promise((_, reject) => void runtime.timer(5_000, () => reject(new Error('late')), true)),
    )
    await runtime.advance('10s')
    expect(await outcome).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT' } })
    expect(runtime.reported).toEqual([])
  })

  it("does not fire, nor tell of it, when the caller's abort came first", async () => {
    const one = pipeline('p', timeout('1s')).on(runtime)
    const fired: number[] = []
    one.events.on('timeout.fired', ({ afterMs }) => fired.push(afterMs))
    const controller = new AbortController()
    const outcome = one.outcome(hang, { signal: controller.signal })
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    await runtime.advance('10s')
    expect(fired).toEqual([])
    expect(one.state().policies['timeout']).toEqual({ fired: 0 })
  })

  it('that is cooperative waits for the function, takes a late value, and replaces a late error', async () => {
    const one = pipeline('p', timeout({ after: '1s', mode: 'cooperative' })).on(runtime)
    const outcomes = [
      one.outcome(({ cancel }) => new Promise((resolve) => cancel.onCancel(() => resolve('late')))),
      one.outcome(
        ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ),
    ]
    await runtime.advance('1s')
    expect(await Promise.all(outcomes)).toMatchObject([
      { kind: 'success', value: 'late' },
      { kind: 'failure', error: { code: 'TIMED_OUT' } },
    ])
  })

  it('can grow from attempt to attempt', async () => {
    const one = pipeline(
      'p',
      retry({ attempts: 3, backoff: immediate() }),
      timeout({ after: ({ attempt }) => attempt * 5_000 }),
    ).on(runtime)
    const fired: number[] = []
    one.events.on('timeout.fired', ({ afterMs }) => fired.push(afterMs))
    await runtime.run(one.outcome(hang))
    expect(fired).toEqual([5_000, 10_000, 15_000])
  })

  it('around everything ends a retry between its attempts too', async () => {
    const one = pipeline('p', timeout('1s'), retry({ attempts: 9 })).on(runtime)
    let calls = 0
    const outcome = runtime.run(
      one.outcome(() => {
        calls++
        return Promise.reject(new Error('down'))
      }),
    )
    expect(await outcome).toMatchObject({ kind: 'failure' })
    const before = calls
    await runtime.advance('1h')
    expect(calls).toBe(before)
    expect(runtime.heldTimers).toBe(0)
  })

  it.each(['abandoning', 'cooperative'] as const)(
    'that is %s lets nothing begin after it, not even what waited in a queue',
    async (mode) => {
      const chain = [timeout({ after: '1s', mode }), retry({ attempts: 9 }), bulkhead({ concurrent: 1, queue: 1 })]
      const one = pipeline('p', ...chain).on(runtime)
      const { promise, resolve } = Promise.withResolvers<void>()
      void one.outcome(() => promise)
      let called = false
      const outcome = one.outcome(() => (called = true))
      await runtime.advance('1s')
      expect(await outcome).toMatchObject({ kind: 'refused', code: 'TIMED_OUT' })
      resolve()
      await runtime.advance('1m')
      expect(called).toBe(false)
      expect(one.state().policies['retry']).toMatchObject({ retries: 0 })
      one.check()
    },
  )

  it('narrows the deadline for what is inside, and only there', async () => {
    const one = pipeline('p', timeout('5s'), retry({ attempts: 2, backoff: immediate() }), timeout('2s')).on(runtime)
    const deadlines: number[] = []
    await runtime.run(
      one.outcome((scope) => {
        deadlines.push(scope.deadline)
        return new Promise(() => {})
      }),
    )
    expect(deadlines).toEqual([2_000, 4_000])
  })

  it('counts against nobody what waited in an inner queue until then', async () => {
    const one = pipeline('p', circuitBreaker({ failures: 1 }), timeout('1s'), bulkhead({ concurrent: 1, queue: 1 })).on(
      runtime,
    )
    one.update('timeout', { after: '1h' })
    void one.outcome(hang)
    one.update('timeout', { after: '1s' })
    const outcome = one.outcome(() => 1)
    await runtime.advance('1s')
    expect(await outcome).toMatchObject({ kind: 'refused', by: 'timeout', code: 'TIMED_OUT' })
    expect(one.state().breaker).toBe('closed')
  })

  it('ends each call at its own time, whatever the order in which limits of different length were set', async () => {
    const limit = fc.record({ at: fc.integer({ min: 1, max: 300 }), after: fc.integer({ min: 1, max: 300 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(limit, { maxLength: 20 }), async (limits) => {
        const virtual = new VirtualRuntime()
        const one = pipeline('p', timeout({ after: ({ attempt }) => attempt })).on(virtual)
        const ended: number[] = []
        for (const [i, { at, after }] of limits.entries()) {
          virtual.timer(
            at,
            () => {
              one.update('timeout', { after })
              void one.outcome(hang).then(() => (ended[i] = virtual.now()))
            },
            false,
          )
        }
        await virtual.advance('1s')
        expect(ended).toEqual(limits.map(({ at, after }) => at + after))
      }),
      { numRuns: 50 },
    )
  })

  it('gives continuations and further attempts the ambient context of their call', async () => {
    const storage = new AsyncLocalStorage<string>()
    const one = pipeline('p', retry({ attempts: 2, backoff: immediate() }), timeout('5ms')).on(systemRuntime)
    const seen: (string | undefined)[] = []
    const call = (name: string) =>
      storage.run(name, async () => {
        await one.outcome(() => {
          seen.push(storage.getStore())
          return hang()
        })
        seen.push(storage.getStore())
      })
    await Promise.all([call('a'), call('b')])
    expect(seen.filter((name) => name === 'a')).toHaveLength(3)
    expect(seen.filter((name) => name === 'b')).toHaveLength(3)
  })

  it('that passed around another one leaves no deadline behind: a retry outside goes on', async () => {
    const one = pipeline('p', retry({ attempts: 2, backoff: immediate() }), timeout('1s'), timeout('5s')).on(runtime)
    const deadlines: number[] = []
    const call = one.outcome(({ deadline, attempt }) => {
      deadlines.push(deadline)
      return attempt === 1 ? hang() : 'second'
    })
    expect(await runtime.run(call)).toMatchObject({ kind: 'success', value: 'second' })
    expect(deadlines).toEqual([1_000, 2_000])
  })

  it('lets go of every timer when nothing is under way', async () => {
    const one = pipeline('p', timeout('1h')).on(runtime)
    for (let i = 0; i < 100; i++) await one.run(async () => i)
    await runtime.advance(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('refuses options that make no sense', () => {
    expect(() => timeout(0)).toThrow(/after must be a duration above 0/)
    expect(() => timeout({ after: '1s', mode: 'rude' as 'abandoning' })).toThrow(
      /mode must be one of 'abandoning', 'cooperative'/,
    )
    expect(() => timeout({ after: '1s', abandonHold: '1s' } as never)).toThrow(/no option abandonHold/)
  })
})
