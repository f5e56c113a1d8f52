import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { bulkhead } from './bulkhead/bulkhead.ts'
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
import { fallback } from './fallback/fallback.ts'
import { pipeline } from './pipeline.ts'
import { fixed } from './retry/backoff.ts'
import { retry } from './retry/retry.ts'
import { timeout } from './timeout/timeout.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const later =
  <T>(value: T, ms: number) =>
  (): Promise<T> =>
    new Promise((resolve) => runtime.timer(ms, () => resolve(value), false))

describe('a pipeline that closes', () => {
  it('refuses new calls and permits, without calling anything', async () => {
    const live = pipeline('p', fallback('stand-in'), timeout('1s')).on(runtime)
    expect(await live.close()).toBe(0)
    let called = false
    await expect(live.run(() => (called = true))).rejects.toMatchObject({ code: 'SHUTTING_DOWN', retryable: true })
    await expect(live.acquire()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    expect(called).toBe(false)
  })

  it('waits for the calls in flight, their further attempts too', async () => {
    const live = pipeline('p', retry({ attempts: 2, backoff: fixed(500) }), timeout('1s')).on(runtime)
    const call = live.run(({ attempt }) => (attempt === 1 ? Promise.reject(new Error('once')) : later('done', 500)()))
    const closed = live.close()
    expect(await runtime.run(closed)).toBe(0)
    expect(await call).toBe('done')
    expect(runtime.now()).toBe(1_000)
  })

  it('cancels what is still in flight after so long, with the cause shutdown, which counts against nobody', async () => {
    const live = pipeline(
      'p',
      fallback('stand-in'),
      circuitBreaker({ failures: 1 }),
      bulkhead({ concurrent: 1, queue: 1 }),
      timeout('1m'),
    ).on(runtime)
    const causes: unknown[] = []
    const running = live.outcome(
      ({ cancel }) => new Promise((_, reject) => cancel.onCancel(() => reject(causes.push(cancel.cause)))),
    )
    const queued = live.outcome(() => 1)
    const closed = live.close({ within: '5s' })
    expect(await runtime.run(closed)).toBe(0)
    expect(runtime.now()).toBe(5_000)
    expect(await running).toMatchObject({ kind: 'cancelled', cause: 'shutdown' })
    expect(await queued).toMatchObject({ kind: 'cancelled', cause: 'shutdown' })
    expect(causes).toEqual(['shutdown'])
    expect(live.state()).toMatchObject({ inFlight: 0, breaker: 'closed', policies: { bulkhead: { active: 0 } } })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('says how many calls ignore their signal in a pipeline without a time limit, and does not wait for them', async () => {
    const live = pipeline('p', circuitBreaker()).on(runtime)
    let aborted: AbortSignal | undefined
    const deaf = live.run(({ signal }) => {
      aborted = signal
      return later('late', 60_000)()
    })
    expect(await runtime.run(live.close({ within: 100 }))).toBe(1)
    expect(aborted?.aborted).toBe(true)
    expect(await runtime.run(deaf)).toBe('late')
    expect(live.idle).toBe(true)
  })

  it('tells so once, and can be closed sooner than was said first', async () => {
    const live = pipeline('p', timeout('1h')).on(runtime)
    const told: unknown[] = []
    live.events.on('pipeline.closing', (event) => told.push(event))
    const call = live.outcome(() => new Promise(() => {}))
    const [patient, hasty] = [live.close({ within: '10m' }), live.close({ within: '1s' })]
    expect(await runtime.run(hasty)).toBe(0)
    expect(await runtime.run(patient)).toBe(0)
    expect(await call).toMatchObject({ cause: 'shutdown' })
    expect(told).toEqual([{ pipeline: 'p', inFlight: 1 }])
    expect(runtime.now()).toBe(1_000)
  })

  it('throws SHUTTING_DOWN for a call that it cancelled', async () => {
    const live = pipeline('p', timeout('1h')).on(runtime)
    const call = live.run(() => new Promise(() => {}))
    const closed = live.close({ within: 0 })
    await expect(runtime.run(call)).rejects.toMatchObject({ code: 'SHUTTING_DOWN', retryable: false })
    await closed
  })
})
