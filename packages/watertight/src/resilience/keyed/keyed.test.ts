import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import type { Policy } from '../policy.ts'
import { rateLimiter } from '../rate-limiter/rate-limiter.ts'
import { retry } from '../retry/retry.ts'
import { throttling } from '../throttling/throttling.ts'
import { keyed } from './keyed.ts'
import type { KeyedOptions } from './keyed-options.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const live = (policy: Policy, options?: KeyedOptions) => pipeline('p', keyed(policy, options)).on(runtime)
type Live = ReturnType<typeof live>

const fail = () => {
  throw new Error('failed')
}
const hang = () => new Promise<void>(() => {})
const kindOf = async (one: Live, key: string | undefined, fn: () => unknown = () => 1) =>
  (await one.outcome(fn, { key })).kind

/** A call that ends when told to. */
const pending = (one: Live, key: string | undefined) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const outcome = one.outcome(() => promise, { key })
  return { outcome, end: resolve }
}

const stateOf = (one: Live) => Object.values(one.state().policies)[0]

describe('a keyed policy', () => {
  it('opens the circuit of one key and of no other', async () => {
    const one = live(circuitBreaker({ failures: 1 }))
    await kindOf(one, 'bad', fail)
    expect([await kindOf(one, 'bad'), await kindOf(one, 'good')]).toEqual(['refused', 'success'])
  })

  it('gives each key a compartment of its own, with a queue of its own', async () => {
    const one = live(bulkhead({ concurrent: 1, queue: 1 }))
    const calls = ['a', 'a', 'b', 'b'].map((key) => pending(one, key))
    expect([await kindOf(one, 'a'), await kindOf(one, 'b')]).toEqual(['refused', 'refused'])
    expect(stateOf(one)).toMatchObject({ keys: 2, active: 2, waiting: 2 })
    expect(one.state().queued).toBe(2)
    for (const { end, outcome } of calls) {
      end()
      await outcome
    }
    expect(stateOf(one)).toMatchObject({ active: 0, waiting: 0 })
    one.check()
  })

  it('computes the key from the call', async () => {
    const host = ({ args }: { args: readonly unknown[] }) => new URL(String(args[0])).host
    const one = live(circuitBreaker({ failures: 1 }), { by: host })
    await one.outcome(fail, { args: ['http://a.test/1'] })
    expect(await one.outcome(() => 1, { args: ['http://a.test/2'] })).toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(await one.outcome(() => 1, { args: ['http://b.test/1'] })).toMatchObject({ kind: 'success' })
  })

  it('keeps calls without a key together, also when computing it fails', async () => {
    const one = live(bulkhead({ concurrent: 1 }), {
      by: ({ key }) => {
        if (key === 'bad') throw new Error('hook')
        return key
      },
    })
    void one.outcome(hang)
    expect([await kindOf(one, undefined), await kindOf(one, 'bad'), await kindOf(one, 'good')]).toEqual([
      'refused',
      'refused',
      'success',
    ])
    expect(runtime.reported).toHaveLength(1)
    expect(stateOf(one)).toMatchObject({ keys: 1, shared: { active: 1 } })
  })

  it('takes any text for a key', async () => {
    const one = live(circuitBreaker({ failures: 1 }))
    for (const key of ['__proto__', 'constructor', '']) expect(await kindOf(one, key, fail)).toBe('failure')
    expect(stateOf(one)).toMatchObject({ keys: 3 })
  })

  it('tells what it does for one key', async () => {
    const one = live(circuitBreaker({ failures: 1 }))
    await kindOf(one, 'bad', fail)
    await kindOf(one, 'good')
    expect(one.stateOf('circuitBreaker', 'bad')).toMatchObject({ circuit: 'open' })
    expect(one.stateOf('circuitBreaker', 'good')).toMatchObject({ circuit: 'closed' })
    expect(one.stateOf('circuitBreaker', 'unknown')).toBeUndefined()
    const other = pipeline('p', circuitBreaker()).on(runtime)
    expect(() => other.stateOf('circuitBreaker', 'bad')).toThrow('policy of p must be one that keeps keys apart')
  })

  it('forgets a key that nobody used for long enough, with one timer that keeps no process alive', async () => {
    const one = live(circuitBreaker(), { idle: '10s' })
    for (let i = 0; i < 100; i++) await kindOf(one, `key-${i}`)
    expect(runtime.pendingTimers).toBe(1)
    expect(runtime.heldTimers).toBe(0)
    await runtime.advance('8s')
    await kindOf(one, 'key-7')
    await runtime.advance('2s')
    expect(stateOf(one)).toMatchObject({ keys: 1, forgotten: 99 })
    await runtime.advance('20s')
    expect(stateOf(one)).toMatchObject({ keys: 0, forgotten: 100 })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('forgets no key with calls under way, however long they take', async () => {
    const one = live(bulkhead({ concurrent: 1 }), { idle: '1s', maxKeys: 1 })
    const call = pending(one, 'a')
    await runtime.advance('1h')
    expect(await kindOf(one, 'a')).toBe('refused')
    call.end()
    await call.outcome
    expect(await kindOf(one, 'a')).toBe('success')
  })

  it('forgets no circuit that is open: another one goes, or a flood of keys would close it', async () => {
    const open = circuitBreaker({ failures: 1, openFor: '1m' })
    const one = live(open, { maxKeys: 2, idle: '10s' })
    await one.outcome(() => Promise.reject(new Error('down')), { key: 'down' })
    for (const key of ['b', 'c', 'd']) await one.run(() => 1, { key })
    await runtime.advance('30s')
    expect(await one.outcome(() => 1, { key: 'down' })).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 30_000 })
    await runtime.advance('2m')
    expect(one.state().policies).toMatchObject({ circuitBreaker: { keys: 0, forgotten: 4 } })
  })

  it('forgets the key that is idle for longest when a new one needs its room', async () => {
    const one = live(circuitBreaker(), { maxKeys: 2 })
    for (const key of ['a', 'b', 'a', 'c']) await kindOf(one, key)
    const there = ['a', 'b', 'c'].filter((key) => one.stateOf('circuitBreaker', key) !== undefined)
    expect(there).toEqual(['a', 'c'])
    expect(stateOf(one)).toMatchObject({ keys: 2, forgotten: 1 })
  })

  it('lets new keys share one compartment when all the others are in use', async () => {
    const one = live(bulkhead({ concurrent: 1 }), { maxKeys: 2 })
    const told: string[] = []
    one.events.on('keys.full', ({ key }) => told.push(key))
    const calls = ['a', 'b', 'c'].map((key) => pending(one, key))
    expect(await kindOf(one, 'd')).toBe('refused')
    expect(stateOf(one)).toMatchObject({ keys: 2, crowdedOut: 2, shared: { active: 1 } })
    expect(told).toEqual(['c', 'd'])
    calls[2]?.end()
    await calls[2]?.outcome
    expect(await kindOf(one, 'd')).toBe('success')
    one.check()
  })

  it('or refuses them', async () => {
    const one = live(bulkhead({ concurrent: 1 }), { maxKeys: 1, whenKeysFull: 'refuse' })
    const call = pending(one, 'a')
    await expect(one.run(() => 1, { key: 'b' })).rejects.toMatchObject({
      code: 'TOO_MANY_KEYS',
      message: 'p: too many keys (1 keys are in use)',
    })
    call.end()
    await call.outcome
    expect(await kindOf(one, 'b')).toBe('success')
  })

  it('stays bounded under invented keys, and gives all of them together what one key gets', async () => {
    const one = live(rateLimiter({ limit: 1, per: '1h' }), { maxKeys: 10, idle: '1s' })
    let through = 0
    for (let i = 0; i < 500; i++) {
      if ((await kindOf(one, `invented-${i}`)) === 'success') through++
      if (i % 50 === 0) await runtime.advance('10s')
    }
    expect(through).toBe(11)
    expect(stateOf(one)).toMatchObject({ keys: 10 })
  })

  it('changes the options of all keys, those to come included, and of the keys themselves', async () => {
    const one = live(bulkhead({ concurrent: 1 }), { maxKeys: 5 })
    void one.outcome(hang, { key: 'a' })
    one.update('bulkhead', { concurrent: 2, maxKeys: 2 })
    void one.outcome(hang, { key: 'new' })
    expect([await kindOf(one, 'a'), await kindOf(one, 'new'), await kindOf(one, 'a', () => 1)]).toEqual([
      'success',
      'success',
      'success',
    ])
    expect(stateOf(one)).toMatchObject({ maxKeys: 2, shared: { concurrent: 2 } })
  })

  it('lets idle keys go at once when there is room for fewer', async () => {
    const one = live(circuitBreaker(), { maxKeys: 5 })
    for (const key of ['a', 'b', 'c', 'd']) await kindOf(one, key)
    one.update('circuitBreaker', { maxKeys: 1, idle: '1s' })
    expect(stateOf(one)).toMatchObject({ keys: 1 })
    await runtime.advance('2s')
    expect(stateOf(one)).toMatchObject({ keys: 0 })
  })

  it('changes nothing when a change is refused', async () => {
    const one = live(bulkhead({ concurrent: 1 }), { maxKeys: 5 })
    await kindOf(one, 'a')
    expect(() => one.update('bulkhead', { concurrent: 0, maxKeys: 1 })).toThrow(/concurrent must be/)
    expect(() => one.update('bulkhead', { concurrent: 2, maxKeys: 0 })).toThrow(/maxKeys must be/)
    expect(stateOf(one)).toMatchObject({ maxKeys: 5, shared: { concurrent: 1 } })
  })

  it('learns how slow the calls of a key were', async () => {
    const one = live(circuitBreaker({ slowCallRate: 0.5, slowCall: '1s', minimumCalls: 1 }))
    const call = pending(one, 'slow')
    await runtime.advance('2s')
    call.end()
    await call.outcome
    expect([await kindOf(one, 'slow'), await kindOf(one, 'other')]).toEqual(['refused', 'success'])
  })

  it('asks the circuit of a key again after an inner wait', async () => {
    const one = pipeline('p', keyed(circuitBreaker({ failures: 1 })), bulkhead({ concurrent: 1, queue: 5 })).on(runtime)
    const { promise, reject } = Promise.withResolvers<void>()
    const first = one.outcome(() => promise, { key: 'a' })
    const waiting = one.outcome(() => 1, { key: 'a' })
    const other = one.outcome(() => 1, { key: 'b' })
    reject(new Error('failed'))
    expect((await Promise.all([first, waiting, other])).map(({ kind }) => kind)).toEqual([
      'failure',
      'refused',
      'success',
    ])
  })

  it('uses no more keys than allowed, and loses no permit, under any calls', async () => {
    const call = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', undefined),
      at: fc.integer({ min: 0, max: 500 }),
      ms: fc.integer({ min: 0, max: 300 }),
      abortAfter: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
    })
    const policies = fc.constantFrom(
      bulkhead({ concurrent: 1, queue: 2, maxWait: 100 }),
      circuitBreaker({ failures: 1, openFor: 50 }),
      rateLimiter({ limit: 1, per: 100, queue: 2 }),
      throttling(),
    )
    await fc.assert(
      fc.asyncProperty(policies, fc.array(call, { maxLength: 40 }), async (policy, calls) => {
        const time = new VirtualRuntime()
        const one = pipeline('p', keyed(policy, { maxKeys: 3, idle: 80 })).on(time)
        for (const { key, at, ms, abortAfter } of calls) {
          time.timer(
            at,
            () => {
              const controller = new AbortController()
              if (abortAfter !== undefined) time.timer(abortAfter, () => controller.abort(), false)
              const work = () =>
                new Promise<void>((resolve, reject) => {
                  time.timer(ms, ms % 3 === 0 ? reject : resolve, false)
                })
              void one.outcome(work, { key, signal: controller.signal })
            },
            false,
          )
        }
        for (let i = 0; i < 20; i++) {
          await time.advance(100)
          one.check()
          expect((stateOf(one) as { keys: number }).keys).toBeLessThanOrEqual(3)
        }
        expect(stateOf(one)).toMatchObject({ keys: 0, active: 0, waiting: 0 })
        expect(time.pendingTimers).toBe(0)
        expect(time.reported).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('is known by the kind of the policy that it keeps for each key, and its options can be read back', () => {
    const policy = keyed(bulkhead({ concurrent: 2, name: 'tenants' }), { maxKeys: 5 })
    expect(policy).toMatchObject({ kind: 'bulkhead', name: 'tenants' })
    expect(policy.options).toEqual({
      concurrent: 2,
      queue: 0,
      maxWaitMs: Infinity,
      by: 'key',
      maxKeys: 5,
      idleMs: 600_000,
      whenKeysFull: 'share',
    })
  })

  it('refuses options that make no sense, and policies that cannot be kept by key', () => {
    expect(() => keyed(bulkhead({ concurrent: 1 }), { maxKeys: 0 })).toThrow(/maxKeys must be a positive whole number/)
    expect(() => keyed(bulkhead({ concurrent: 1 }), { by: 'host' as 'key' })).toThrow(/by must be 'key' or a function/)
    expect(() => keyed(bulkhead({ concurrent: 1 }), { max: 1 } as KeyedOptions)).toThrow(/keyed has no option max/)
    expect(() => keyed(retry())).toThrow(/policy must be one that admits or refuses calls/)
  })
})
