import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { pipeline } from '../pipeline.ts'
import type { Scope } from '../scope.ts'
import { timeout } from '../timeout/timeout.ts'
import { cache, type CacheState } from './cache.ts'
import type { CacheOptions } from './cache-options.ts'

const same = { key: 'same' }

function cached(options: Partial<CacheOptions> = {}): { runtime: VirtualRuntime; live: LivePipeline } {
  const runtime = new VirtualRuntime()
  return { runtime, live: pipeline('users', cache({ ttl: '1m', ...options })).on(runtime) }
}

function stateOf(live: LivePipeline): CacheState {
  return live.state().policies['cache'] as CacheState
}

/** Answers 1, 2, 3 … by the number of the call. */
function counter(): { calls: number; call: () => number } {
  const count = { calls: 0, call: () => ++count.calls }
  return count
}

/** A promise and what settles it. */
function gate<T>(): { promise: Promise<T>; open: (value: T) => void; fail: (error: unknown) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  return { promise, open: resolve, fail: reject }
}

const broken = (): never => {
  throw new Error('broken')
}

describe('cache', () => {
  it('answers without a call while the answer is fresh, and calls again when it is not', async () => {
    const { runtime, live } = cached()
    const { call } = counter()
    expect(await live.run(call, same)).toBe(1)
    await runtime.advance(59_999)
    expect(await live.run(call, same)).toBe(1)
    await runtime.advance(1)
    expect(await live.run(call, same)).toBe(2)
    expect(stateOf(live)).toMatchObject({ hits: 1, misses: 2, loads: 2, entries: 1 })
  })

  it('sees the arguments of a wrapped call in its key function', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('users', cache({ ttl: '1m', key: (tenant: string, id: number) => `${tenant}/${id}` })).on(
      runtime,
    )
    const asked: string[] = []
    const load = live.wrap((tenant: string, id: number) => asked.push(tenant + id))
    await load('a', 1)
    await load('a', 1)
    await load('b', 1)
    expect(asked).toEqual(['a1', 'b1'])
  })

  it('keeps undefined as an answer like any other', async () => {
    const { live } = cached()
    let calls = 0
    const nothing = (): void => void calls++
    await live.run(nothing, same)
    await live.run(nothing, same)
    expect(calls).toBe(1)
  })

  it('does not keep errors', async () => {
    const { live } = cached()
    await expect(live.run(broken, same)).rejects.toThrow('broken')
    expect(await live.run(() => 'well again', same)).toBe('well again')
  })

  it('does not cache calls without a key', async () => {
    const { live } = cached()
    const { call } = counter()
    await live.run(call)
    expect(await live.run(call)).toBe(2)
  })

  it('does not keep results that `when` says no to', async () => {
    const { live } = cached({ when: (value) => value !== 1 })
    const { call } = counter()
    expect(await live.run(call, same)).toBe(1)
    expect(await live.run(call, same)).toBe(2)
    expect(await live.run(call, same)).toBe(2)
  })

  it('makes one load for all who miss at once, and ends only the wait of who aborts', async () => {
    const { live } = cached()
    const slow = gate<string>()
    let calls = 0
    const load = (): Promise<string> => {
      calls++
      return slow.promise
    }
    const controller = new AbortController()
    const gone = live.outcome(load, { ...same, signal: controller.signal })
    const waits = [live.run(load, same), live.run(load, same)]
    controller.abort()
    expect(await gone).toMatchObject({ kind: 'cancelled' })
    slow.open('answer')
    expect(await Promise.all(waits)).toEqual(['answer', 'answer'])
    expect(calls).toBe(1)
  })

  it('keeps answering while the circuit inside is open', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('users', cache({ ttl: '1m' }), circuitBreaker({ failures: 1, openFor: '1m' })).on(runtime)
    await live.run(() => 'known', same)
    await live.outcome(broken, { key: 'other' })
    expect(live.state().breaker).toBe('open')
    expect(await live.run(broken, same)).toBe('known')
  })

  it('forgets the least recently used answer when it is full', async () => {
    const { live } = cached({ max: 2 })
    const { call } = counter()
    for (const key of ['a', 'b', 'a', 'c', 'a']) await live.run(call, { key })
    expect(stateOf(live)).toMatchObject({ loads: 3, evicted: 1, entries: 2 })
    await live.run(call, { key: 'b' })
    expect(stateOf(live).loads).toBe(4)
  })

  it('is bounded by weight as well, and does not keep what is too heavy by itself', async () => {
    const { live } = cached({ maxWeight: 10, weigh: (value) => String(value).length })
    for (const [key, value] of Object.entries({ a: '12345', b: '12345', c: '1', huge: '12345678901' })) {
      await live.run(() => value, { key })
      live.check()
    }
    expect(stateOf(live)).toMatchObject({ entries: 2, weight: 6, evicted: 1 })
  })

  it('shortens the time by its jitter, so that what came together does not go together', async () => {
    const { runtime, live } = cached({ ttl: '100s', jitter: 0.5, max: 500 })
    for (let n = 0; n < 500; n++) await live.run(() => n, { key: `${n}` })
    await runtime.advance('75s')
    for (let n = 0; n < 500; n++) await live.run(() => n, { key: `${n}` })
    const { hits } = stateOf(live)
    expect(hits).toBeGreaterThan(200)
    expect(hits).toBeLessThan(300)
  })

  it('does not mind that the wall clock steps back an hour', async () => {
    const { runtime, live } = cached()
    const { call } = counter()
    await live.run(call, same)
    runtime.stepWallTime(-3_600_000)
    await runtime.advance('1m')
    expect(await live.run(call, same)).toBe(2)
  })

  it('changes its options while it works', async () => {
    const { live } = cached({ max: 3 })
    for (const key of ['a', 'b', 'c']) await live.run(() => key, { key })
    live.update('cache', { max: 1 })
    expect(stateOf(live)).toMatchObject({ entries: 1, evicted: 2 })
    expect(() => live.update('cache', { ttl: -1 })).toThrow(/ttl must be a duration above 0/)
  })

  it.each([
    [{ ttl: undefined }, /ttl must be a duration/],
    [{ ttl: '1m', jitter: 2 }, /jitter must be a number from 0 to 1/],
    [{ ttl: '1m', max: 0 }, /max must be a positive whole number/],
    [{ ttl: '1m', negative: {} }, /negative\.ttl must be/],
    [{ ttl: '1m', tll: 1 }, /cache has no option tll/],
  ])('refuses %o', (options, message) => {
    expect(() => pipeline('users', cache(options as CacheOptions)).on(new VirtualRuntime())).toThrow(message)
  })

  it('tells what it does', async () => {
    const { runtime, live } = cached({ staleWhileRevalidate: '1m' })
    const told: string[] = []
    live.events.onAny((type: string) => {
      if (type.startsWith('cache.')) told.push(type)
    })
    await live.run(() => 1, same)
    await live.run(() => 1, same)
    await runtime.advance('1m')
    await live.run(broken, same)
    await live.invalidate(same)
    expect(told).toEqual(['cache.missed', 'cache.hit', 'cache.stale', 'cache.refreshFailed', 'cache.invalidated'])
  })
})

describe('stale while revalidate', () => {
  it('answers at once with what it has, while one call in the background gets a new answer', async () => {
    const { runtime, live } = cached({ staleWhileRevalidate: '1m' })
    await live.run(() => 'old', same)
    await runtime.advance('1m')
    const slow = gate<string>()
    let refreshes = 0
    const refresh = (): Promise<string> => {
      refreshes++
      return slow.promise
    }
    expect(await Promise.all([live.run(refresh, same), live.run(refresh, same)])).toEqual(['old', 'old'])
    slow.open('new')
    await runtime.advance(0)
    expect(await live.run(refresh, same)).toBe('new')
    expect(refreshes).toBe(1)
  })

  it('refreshes through the inner policies, detached from the signal and the deadline of the caller', async () => {
    const { runtime, live } = cached({ staleWhileRevalidate: '1m', loadLimit: '10s' })
    await live.run(() => 'old', same)
    await runtime.advance('1m')
    const controller = new AbortController()
    const slow = gate<string>()
    let scope: Scope | undefined
    const options = { ...same, signal: controller.signal, deadline: runtime.now() + 100 }
    await live.run((given) => {
      scope = given
      return slow.promise
    }, options)
    controller.abort()
    await runtime.advance('5s')
    expect(scope?.cancel.cancelled).toBe(false)
    expect(scope?.deadline).toBe(70_000)
    slow.open('new')
    await runtime.advance(0)
    expect(await live.run(broken, same)).toBe('new')
  })

  it('bounds a refresh that hangs, without holding the process for it', async () => {
    const { runtime, live } = cached({ staleWhileRevalidate: '10m', loadLimit: '10s' })
    await live.run(() => 'old', same)
    await runtime.advance('1m')
    let scope: Scope | undefined
    await live.run((given) => {
      scope = given
      return new Promise<string>((_, reject) => given.cancel.onCancel(() => reject(new Error('stopped'))))
    }, same)
    expect(runtime.heldTimers).toBe(0)
    expect(live.idle).toBe(false)
    await runtime.advance('10s')
    expect(scope?.cancel.cause).toBe('timeout')
    expect(stateOf(live)).toMatchObject({ refreshFailures: 1, loading: 0 })
    expect(live.idle).toBe(true)
    expect(runtime.reported).toEqual([])
  })

  it('does not stop a refresh because a caller who joined it has gone', async () => {
    const { runtime, live } = cached({ staleWhileRevalidate: '10s' })
    await live.run(() => 'old', same)
    await runtime.advance('65s')
    const slow = gate<string>()
    await live.run(() => slow.promise, same)
    await runtime.advance('10s')
    const controller = new AbortController()
    const joined = live.outcome(broken, { ...same, signal: controller.signal })
    controller.abort()
    await joined
    slow.open('new')
    await runtime.advance(0)
    expect(await live.run(broken, same)).toBe('new')
  })
})

describe('stale if error', () => {
  it('gives what it has in place of an error, a refusal and an overload, but not for ever', async () => {
    const { runtime, live } = cached({ staleIfError: '1h' })
    await live.run(() => 'old', same)
    await runtime.advance('30m')
    expect(await live.run(broken, same)).toBe('old')
    await runtime.advance('31m')
    await expect(live.run(broken, same)).rejects.toThrow('broken')
    expect(stateOf(live).staleOnError).toBe(1)
  })

  it('gives it when the circuit inside refuses', async () => {
    const runtime = new VirtualRuntime()
    const policies = [cache({ ttl: '1m', staleIfError: '1h' }), circuitBreaker({ failures: 1, openFor: '1h' })]
    const live = pipeline('users', ...policies).on(runtime)
    await live.run(() => 'old', same)
    await live.outcome(broken, { key: 'other' })
    await runtime.advance('2m')
    expect(await live.run(() => 'never asked', same)).toBe('old')
  })

  it('does not hide an answer that says the question was wrong', async () => {
    const { runtime, live } = cached({ staleIfError: '1h' })
    await live.run(() => 'old', same)
    await runtime.advance('2m')
    const gone = Object.assign(new Error('gone'), { status: 410 })
    await expect(live.run(() => Promise.reject(gone), same)).rejects.toBe(gone)
  })

  it('does not give what was invalidated while the load was failing', async () => {
    const { runtime, live } = cached({ staleIfError: '1h' })
    await live.run(() => 'old', same)
    await runtime.advance('2m')
    const slow = gate<string>()
    const call = live.run(() => slow.promise, same)
    await live.invalidate(same)
    slow.fail(new Error('broken'))
    await expect(call).rejects.toThrow('broken')
  })
})

describe('negative caching', () => {
  const missing = Object.assign(new Error('no such user'), { status: 404 })

  it('keeps for its own time that something is not there', async () => {
    const { runtime, live } = cached({ negative: { ttl: '5s' }, staleIfError: '1h', staleWhileRevalidate: '1h' })
    let calls = 0
    const absent = (): Promise<never> => {
      calls++
      return Promise.reject(missing)
    }
    await expect(live.run(absent, same)).rejects.toBe(missing)
    await expect(live.run(absent, same)).rejects.toBe(missing)
    expect(calls).toBe(1)
    await runtime.advance('5s')
    expect(await live.run(() => 'there now', same)).toBe('there now')
    expect(stateOf(live).negativeHits).toBe(1)
  })

  it('takes null and undefined for "not there", and other errors for what they are', async () => {
    const { runtime, live } = cached({ negative: { ttl: '5s' } })
    await live.run(() => null, same)
    await runtime.advance('6s')
    expect(await live.run(() => 'there now', same)).toBe('there now')
    await live.outcome(broken, { key: 'other' })
    expect(await live.run(() => 1, { key: 'other' })).toBe(1)
  })

  it('is decided by `when`, whose error is reported and harms nobody', async () => {
    const error = new Error('in when')
    const when = (): boolean => {
      throw error
    }
    const { runtime, live } = cached({ negative: { ttl: '5s', when } })
    expect(await live.run(() => 1, same)).toBe(1)
    expect(runtime.reported).toEqual([error])
  })
})

describe('invalidation', () => {
  it('forgets one key, or everything with a tag', async () => {
    const { live } = cached({ tags: (value) => [`kind-${Number(value) % 2}`, 'all'] })
    for (const n of [1, 2, 3]) await live.run(() => n, { key: `${n}` })
    expect(await live.invalidate({ key: '2' })).toBe(1)
    expect(await live.invalidate({ key: '2' })).toBe(0)
    expect(await live.invalidate({ tag: 'kind-1' })).toBe(2)
    expect(stateOf(live).entries).toBe(0)
    live.check()
  })

  it.each([{ key: 'same' }, { tag: 'user' }])(
    'is not undone by a load that began before it and ends after it (%o)',
    async (what) => {
      const { live } = cached({ tags: () => ['user'] })
      const slow = gate<string>()
      const early = live.run(() => slow.promise, same)
      await live.invalidate(what)
      slow.open('from before the write')
      expect(await early).toBe('from before the write')
      expect(await live.run(() => 'from after the write', same)).toBe('from after the write')
    },
  )

  it.each([{ key: 'same' }, { tag: 'user' }])(
    'is seen by who asks after it: they do not join a load that began before it (%o)',
    async (what) => {
      const { live } = cached({ tags: () => ['user'] })
      const slow = gate<string>()
      const early = live.run(() => slow.promise, same)
      await live.invalidate(what)
      expect(await live.run(() => 'from after the write', same)).toBe('from after the write')
      slow.open('from before the write')
      expect(await early).toBe('from before the write')
      expect(await live.run(broken, same)).toBe('from after the write')
      live.check()
    },
  )

  it('is not undone by a refresh in the background', async () => {
    const { runtime, live } = cached({ staleWhileRevalidate: '1h' })
    await live.run(() => 'old', same)
    await runtime.advance('2m')
    const slow = gate<string>()
    await live.run(() => slow.promise, same)
    await live.invalidate(same)
    slow.open('from before the write')
    await runtime.advance(0)
    expect(await live.run(() => 'from after the write', same)).toBe('from after the write')
  })

  it('never lets anyone read a version older than one invalidated before they asked', async () => {
    const step = fc.record({
      what: fc.constantFrom('read' as const, 'read' as const, 'write' as const, 'writeTag' as const),
      key: fc.constantFrom('a', 'b'),
      takesMs: fc.integer({ min: 0, max: 50 }),
      fails: fc.boolean(),
      waitMs: fc.integer({ min: 0, max: 40 }),
      abortAfterMs: fc.option(fc.integer({ min: 0, max: 30 })),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const runtime = new VirtualRuntime()
        const policies = [
          cache({ ttl: 60, staleWhileRevalidate: 60, staleIfError: 200, max: 1, tags: () => ['all'], jitter: 0.3 }),
          timeout(45),
        ]
        const live = pipeline('users', ...policies).on(runtime)
        const versions = new Map<string, number>()
        const reads: Promise<void>[] = []
        for (const { what, key, takesMs, fails, waitMs, abortAfterMs } of steps) {
          if (what === 'read') {
            const least = versions.get(key) ?? 0
            const controller = new AbortController()
            if (abortAfterMs !== null) runtime.timer(abortAfterMs, () => controller.abort(), false)
            const load = (): Promise<number> => {
              const version = versions.get(key) ?? 0
              const { promise, open, fail } = gate<number>()
              runtime.timer(takesMs, () => (fails ? fail(new Error('broken')) : open(version)), false)
              return promise
            }
            const read = live.outcome(load, { key, signal: controller.signal })
            reads.push(
              read.then((outcome) => {
                if (outcome.kind === 'success') expect(outcome.value).toBeGreaterThanOrEqual(least)
              }),
            )
          } else {
            for (const one of what === 'write' ? [key] : ['a', 'b']) versions.set(one, (versions.get(one) ?? 0) + 1)
            await live.invalidate(what === 'write' ? { key } : { tag: 'all' })
          }
          await runtime.advance(waitMs)
          live.check()
        }
        await runtime.advance('1h')
        await Promise.all(reads)
        expect(live.idle).toBe(true)
        expect(runtime.reported).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
