import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { bulkhead } from './bulkhead/bulkhead.ts'
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
import { pipeline } from './pipeline.ts'
import { fixed } from './retry/backoff.ts'
import { retry } from './retry/retry.ts'
import { timeout } from './timeout/timeout.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const guarded = () =>
  pipeline(
    'streams',
    retry({ attempts: 3, backoff: fixed(100) }),
    circuitBreaker({ failures: 2, openFor: '10s' }),
    bulkhead({ concurrent: 2, queue: 1 }),
    timeout('1s'),
  ).on(runtime)

describe('a permit', () => {
  it('counts as a call that runs until it is released, once', async () => {
    const live = guarded()
    const permit = await live.acquire()
    expect(live.state()).toMatchObject({ inFlight: 1, policies: { bulkhead: { active: 1 } } })
    permit.release()
    permit.release()
    await runtime.advance(0)
    expect(live.state()).toMatchObject({ inFlight: 0, policies: { bulkhead: { active: 0 } } })
    live.check()
  })

  it('is not limited in time, nor given out again by a retry', async () => {
    const live = guarded()
    const permit = await live.acquire()
    await runtime.advance('1h')
    expect(permit.signal.aborted).toBe(false)
    permit.release({ error: new Error('the stream broke') })
    await runtime.advance('1h')
    expect(live.state()).toMatchObject({ inFlight: 0, policies: { retry: { retries: 0 }, bulkhead: { active: 0 } } })
  })

  it('that failed is a failure to the breaker, and a refused one says what run would say', async () => {
    const live = guarded()
    for (let i = 0; i < 2; i++) (await live.acquire()).release({ error: new Error('broken') })
    await runtime.advance(0)
    await expect(live.acquire()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 10_000 })
  })

  it('is waited for in the queue, and goes straight from hand to hand', async () => {
    const live = guarded()
    const [first] = [await live.acquire(), await live.acquire()]
    const third = live.acquire()
    await runtime.advance(10)
    expect(live.state().queued).toBe(1)
    first.release()
    await runtime.run(third)
    expect(live.state()).toMatchObject({ queued: 0, policies: { bulkhead: { active: 2 } } })
  })

  it('leaves the queue at once when its caller aborts', async () => {
    const live = guarded()
    const controller = new AbortController()
    await live.acquire()
    await live.acquire()
    const third = live.acquire({ signal: controller.signal })
    controller.abort()
    await expect(third).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(live.state().queued).toBe(0)
  })

  it('whose caller aborts keeps its place until it is released, or for 30 s', async () => {
    const live = guarded()
    const controller = new AbortController()
    const [aborted, forgotten] = [
      await live.acquire({ signal: controller.signal }),
      await live.acquire({ signal: controller.signal }),
    ]
    controller.abort()
    await runtime.advance(0)
    expect([aborted.cancel.cause, forgotten.signal.aborted]).toEqual(['caller', true])
    expect(live.state()).toMatchObject({ inFlight: 0, abandoned: 2, policies: { bulkhead: { active: 2 } } })
    aborted.release()
    await runtime.advance('29s')
    expect(live.state()).toMatchObject({ policies: { bulkhead: { active: 1 } } })
    await runtime.advance('1s')
    expect(live.state()).toMatchObject({ abandoned: 0, policies: { bulkhead: { active: 0 } } })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('is given back at the end of its block', async () => {
    const live = guarded()
    {
      using permit = await live.acquire()
      expect(permit.signal.aborted).toBe(false)
    }
    await runtime.advance(0)
    expect(live.state()).toMatchObject({ inFlight: 0 })
  })
})
