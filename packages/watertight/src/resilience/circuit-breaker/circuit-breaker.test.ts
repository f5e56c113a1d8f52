import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { pipeline } from '../pipeline.ts'
import { exponential, fixed } from '../retry/backoff.ts'
import { retry } from '../retry/retry.ts'
import { timeout } from '../timeout/timeout.ts'
import type { CircuitBreakerOptions } from './breaker-options.ts'
import type { BreakerState } from './breaker-state.ts'
import { circuitBreaker } from './circuit-breaker.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime()
})

const live = (options: CircuitBreakerOptions): LivePipeline => pipeline('p', circuitBreaker(options)).on(runtime)
const breaker = ({ state }: { state: BreakerState }): BreakerState => state
const stateOf = (one: LivePipeline): BreakerState =>
  breaker({ state: one.state().policies['circuitBreaker'] as BreakerState })
const fail = (one: LivePipeline): Promise<unknown> => one.outcome(() => Promise.reject(new Error('down')))
const succeed = (one: LivePipeline): Promise<unknown> => one.outcome(() => 'up')

async function times(n: number, act: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < n; i++) await act()
}

/** A call that ends when told to. */
function pending(
  one: LivePipeline,
  signal?: AbortSignal,
): { end: () => void; fail: () => void; outcome: Promise<unknown> } {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return {
    end: () => resolve('up'),
    fail: () => reject(new Error('down')),
    outcome: one.outcome(() => promise, { signal }),
  }
}

const refused = { kind: 'refused', code: 'CIRCUIT_OPEN' }

describe('a circuit breaker', () => {
  it('opens after so many failures in a row, and says when the next probe is due', async () => {
    const one = live({ failures: 3, openFor: '30s' })
    await times(2, () => fail(one))
    await succeed(one)
    await times(3, () => fail(one))
    await runtime.advance('10s')
    expect(await succeed(one)).toMatchObject({ ...refused, retryAfterMs: 20_000 })
    await expect(one.run(() => 'up')).rejects.toMatchObject({
      code: 'CIRCUIT_OPEN',
      retryAfterMs: 20_000,
      retryable: true,
    })
  })

  it('turns calls away alike whether anybody listens or not, whatever they say of themselves', async () => {
    const one = live({ failures: 1, openFor: '30s' })
    await fail(one)
    const { signal } = new AbortController()
    const quiet = [await succeed(one), await one.outcome(() => 'up', { signal })]
    const told: unknown[] = []
    one.events.on('call.rejected', ({ call }) => told.push(call))
    const heard = [await succeed(one), await one.outcome(() => 'up', { signal })]
    const refusal = { kind: 'refused', by: 'circuitBreaker', code: 'CIRCUIT_OPEN', retryAfterMs: 30_000 }
    expect([...quiet, ...heard]).toEqual([refusal, refusal, refusal, refusal])
    expect(told).toEqual([4, 5])
    one.update('circuitBreaker', { mode: 'isolated' })
    expect(await succeed(one)).toMatchObject({ ...refused, detail: 'isolated' })
    one.update('circuitBreaker', { mode: 'disabled' })
    expect(await succeed(one)).toMatchObject({ value: 'up' })
  })

  it('looks at what calls say before it turns them away: one that is aborted is cancelled', async () => {
    const one = live({ failures: 1, openFor: '30s' })
    await fail(one)
    await expect(one.run('up' as never)).rejects.toThrow(/fn must be/)
    expect(await one.outcome(() => 'up', { signal: AbortSignal.abort() })).toMatchObject({ kind: 'cancelled' })
    expect(one.state().inFlight).toBe(0)
  })

  it('tells how many of how many calls failed when it opens', async () => {
    const one = live({ failureRate: 0.5, window: 20, minimumCalls: 15 })
    const reasons: string[] = []
    one.events.on('breaker.opened', ({ reason }) => {
      reasons.push(reason)
      expect(one.state().breaker).toBe('open')
    })
    await times(7, () => succeed(one))
    await times(8, () => fail(one))
    expect(reasons).toEqual(['8 of 15 failed'])
  })

  it('does not miss the moment when a success reaches the minimum of calls', async () => {
    const one = live({ failureRate: 0.5, window: 10, minimumCalls: 4 })
    await times(3, () => fail(one))
    await succeed(one)
    expect(one.state().breaker).toBe('open')
  })

  it('is not opened by ancient failures after an idle time', async () => {
    const one = live({ failureRate: 0.5, window: '10s', minimumCalls: 4 })
    await times(3, () => fail(one))
    await runtime.advance('1h')
    await fail(one)
    expect(stateOf(one)).toMatchObject({ circuit: 'closed', calls: 1 })
  })

  it('does not dilute the rate with calls in flight', async () => {
    const one = live({ failureRate: 0.5, window: 100, minimumCalls: 4 })
    const inFlight = Array.from({ length: 20 }, () => pending(one))
    await times(4, () => fail(one))
    expect(one.state().breaker).toBe('open')
    for (const { end } of inFlight) end()
  })

  it('does not care when the wall clock steps back an hour', async () => {
    const one = live({ failures: 1, openFor: '30s' })
    await fail(one)
    runtime.stepWallTime(-3_600_000)
    await runtime.advance('30s')
    expect(await succeed(one)).toEqual({ kind: 'success', value: 'up' })
  })

  it('opens for slow calls, though they succeed', async () => {
    const one = live({ slowCallRate: 0.5, slowCall: '1s', window: 4, minimumCalls: 4 })
    const calls = Array.from({ length: 4 }, () => pending(one))
    await runtime.advance('1s')
    for (const { end, outcome } of calls) {
      end()
      await outcome
    }
    expect(one.state().breaker).toBe('open')
  })

  it('takes waiting in an inner queue for no slowness of the dependency', async () => {
    const definition = pipeline(
      'p',
      circuitBreaker({ slowCallRate: 0.1, slowCall: '1s', minimumCalls: 1, window: 10 }),
      bulkhead({ concurrent: 1, queue: 5 }),
    )
    const one = definition.on(runtime)
    const waitFor = (ms: number) => () => new Promise<void>((resolve) => void runtime.timer(ms, resolve, true))
    const all = Promise.all([1, 2, 3].map(() => one.run(waitFor(600))))
    await runtime.run(all)
    expect(stateOf(one)).toMatchObject({ circuit: 'closed', calls: 3, slow: 0 })
  })

  it('opens for a dependency that hangs: a time limit counts, also an outer one', async () => {
    for (const chain of [
      [timeout('1s'), circuitBreaker({ failures: 2 })],
      [circuitBreaker({ failures: 2 }), timeout('1s')],
    ]) {
      const one = pipeline('p', ...chain).on(runtime)
      const calls = [1, 2].map(() => one.outcome(() => new Promise(() => {})))
      await runtime.advance('1s')
      expect(await Promise.all(calls)).toMatchObject([{ kind: 'failure' }, { kind: 'failure' }])
      expect(one.state().breaker).toBe('open')
    }
  })

  it("does not count a caller's abort", async () => {
    const one = live({ failures: 1 })
    const controller = new AbortController()
    const { outcome } = pending(one, controller.signal)
    controller.abort()
    await outcome
    expect(stateOf(one)).toMatchObject({ circuit: 'closed', calls: 0 })
  })

  it("does not count a caller's abort between two attempts, though the first one timed out", async () => {
    const inside = [retry({ attempts: 2, backoff: fixed('1m') }), timeout('1s')]
    const one = pipeline('p', circuitBreaker({ failures: 1 }), ...inside).on(runtime)
    const controller = new AbortController()
    const { outcome } = pending(one, controller.signal)
    await runtime.advance('2s')
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    expect(stateOf(one)).toMatchObject({ circuit: 'closed', calls: 0 })
  })

  it('does not count the refusals of policies inside it', async () => {
    const one = pipeline('p', circuitBreaker({ failures: 1 }), bulkhead({ concurrent: 1 })).on(runtime)
    const first = pending(one)
    expect(await succeed(one)).toMatchObject({ code: 'BULKHEAD_FULL' })
    expect(stateOf(one)).toMatchObject({ circuit: 'closed', calls: 0 })
    first.end()
  })

  it('neither counts nor forgives an error that says nothing of the dependency', async () => {
    const one = live({ failures: 2 })
    await fail(one)
    await one.outcome(() => Promise.reject(Object.assign(new Error('not found'), { status: 404 })))
    expect(stateOf(one).circuit).toBe('closed')
    await fail(one)
    expect(stateOf(one).circuit).toBe('open')
  })

  it('asks a predicate about errors and results, and reports one that throws', async () => {
    const one = live({
      failures: 1,
      handleResult: (value) => value === 500,
      handle: () => {
        throw new Error('predicate')
      },
    })
    await one.outcome(() => 200)
    expect(stateOf(one).circuit).toBe('closed')
    await one.outcome(() => 500)
    expect(stateOf(one).circuit).toBe('open')
    await runtime.advance('30s')
    await fail(one)
    expect(stateOf(one).circuit).toBe('open')
    expect(runtime.reported).toHaveLength(1)
  })

  it('asks again after an inner queue: a circuit that opened meanwhile refuses who waited', async () => {
    const one = pipeline('p', circuitBreaker({ failures: 1 }), bulkhead({ concurrent: 1, queue: 1 })).on(runtime)
    const first = pending(one)
    let called = false
    const second = one.outcome(() => {
      called = true
    })
    first.fail()
    expect(await second).toMatchObject(refused)
    expect(called).toBe(false)
    one.check()
  })
})

describe('a half-open circuit', () => {
  const halfOpen = async (options: CircuitBreakerOptions = {}): Promise<LivePipeline> => {
    const one = live({ failures: 1, openFor: '1s', ...options })
    await fail(one)
    await runtime.advance('1s')
    return one
  }

  it('lets no stampede through its gate', async () => {
    const one = await halfOpen({ halfOpenCalls: 3 })
    const calls = Array.from({ length: 100 }, () => pending(one))
    expect(stateOf(one)).toMatchObject({ circuit: 'half-open', probes: 3 })
    for (const { end } of calls) end()
    const outcomes = await Promise.all(calls.map(({ outcome }) => outcome))
    expect(outcomes.filter((outcome) => (outcome as { kind: string }).kind === 'success')).toHaveLength(3)
    expect(stateOf(one).circuit).toBe('closed')
  })

  it('closes after so many successes, and opens after one failure', async () => {
    const one = await halfOpen({ halfOpenCalls: 3, successThreshold: 2 })
    await succeed(one)
    expect(stateOf(one).circuit).toBe('half-open')
    await fail(one)
    expect(stateOf(one)).toMatchObject({ circuit: 'open', openings: 2 })
    await runtime.advance('1s')
    await times(2, () => succeed(one))
    expect(stateOf(one)).toMatchObject({ circuit: 'closed', openings: 0 })
  })

  it('takes a cancelled probe for neither, and its permit back', async () => {
    const one = await halfOpen()
    const controller = new AbortController()
    const { outcome } = pending(one, controller.signal)
    controller.abort()
    await outcome
    expect(stateOf(one)).toMatchObject({ circuit: 'half-open', probes: 0 })
    await succeed(one)
    expect(stateOf(one).circuit).toBe('closed')
  })

  it('gets the permit back of a probe that an inner policy refused', async () => {
    const one = pipeline('p', circuitBreaker({ failures: 1, openFor: '1s' }), bulkhead({ concurrent: 1 })).on(runtime)
    const slow = pending(one)
    one.events.on('breaker.opened', () => {
      throw new Error('listener')
    })
    const { promise, reject } = Promise.withResolvers()
    one.update('bulkhead', { concurrent: 2 })
    const failing = one.outcome(() => promise)
    reject(new Error('down'))
    await failing
    await runtime.advance('1s')
    one.update('bulkhead', { concurrent: 1 })
    expect(await succeed(one)).toMatchObject({ code: 'BULKHEAD_FULL' })
    expect(stateOf(one)).toMatchObject({ circuit: 'half-open', probes: 0 })
    slow.end()
    await slow.outcome
    expect(await succeed(one)).toMatchObject({ kind: 'success' })
    expect(runtime.reported).toHaveLength(1)
  })

  it('is not blocked for ever by a hung probe', async () => {
    const one = await halfOpen({ halfOpenMaxWait: '5s' })
    pending(one)
    await runtime.advance('5s')
    expect(await succeed(one)).toMatchObject({ ...refused, retryAfterMs: 1_000 })
    await runtime.advance('1s')
    expect(await succeed(one)).toMatchObject({ kind: 'success' })
    expect(stateOf(one).circuit).toBe('closed')
  })

  it('is not closed by the late success of an old state, nor opened by its late failure', async () => {
    const one = live({ failures: 1, openFor: '1s' })
    const [oldSuccess, oldFailure] = [pending(one), pending(one)]
    await fail(one)
    await runtime.advance('1s')
    const probe = pending(one)
    oldSuccess.end()
    await oldSuccess.outcome
    oldFailure.fail()
    await oldFailure.outcome
    expect(stateOf(one)).toMatchObject({ circuit: 'half-open', probes: 1, openings: 1 })
    probe.end()
    await probe.outcome
    expect(stateOf(one).circuit).toBe('closed')
  })

  it('opens for longer each time, when told so', async () => {
    const one = live({ failures: 1, openFor: exponential({ base: '1s', max: '3s', jitter: 'none' }) })
    const openFor: number[] = []
    one.events.on('breaker.opened', ({ openForMs }) => openFor.push(openForMs))
    for (let i = 0; i < 4; i++) {
      await fail(one)
      await runtime.advance('3s')
    }
    expect(openFor).toEqual([1_000, 2_000, 3_000, 3_000])
  })

  it('computes how long it opens, and falls back to 30 s when that makes no sense', async () => {
    const one = live({ failures: 1, openFor: ({ openings }) => (openings === 1 ? 250 : Number.NaN) })
    await fail(one)
    expect(stateOf(one).retryAfterMs).toBe(250)
    await runtime.advance(250)
    await fail(one)
    expect(stateOf(one).retryAfterMs).toBe(30_000)
    expect(runtime.reported).toHaveLength(1)
  })

  it('lets traffic back in gradually after it has closed', async () => {
    const one = await halfOpen({ rampUp: '10s' })
    await succeed(one)
    const share = async (): Promise<number> => {
      const outcomes = await Promise.all(Array.from({ length: 400 }, () => succeed(one)))
      return outcomes.filter((outcome) => (outcome as { kind: string }).kind === 'success').length / 400
    }
    expect(await share()).toBeCloseTo(0.1, 1)
    await runtime.advance('5s')
    expect(await share()).toBeCloseTo(0.55, 1)
    await runtime.advance('5s')
    expect(await share()).toBe(1)
  })
})

describe('the modes of a circuit breaker', () => {
  it('isolated refuses everyone until told otherwise', async () => {
    const one = live({ mode: 'isolated' })
    expect(await succeed(one)).toMatchObject(refused)
    expect(one.state().breaker).toBe('open')
    one.update('circuitBreaker', { mode: 'normal' })
    expect(await succeed(one)).toMatchObject({ kind: 'success' })
  })

  it('disabled counts nothing', async () => {
    const one = live({ failures: 1, mode: 'disabled' })
    await times(3, () => fail(one))
    expect(stateOf(one)).toMatchObject({ circuit: 'closed', calls: 0 })
  })

  it('metrics-only tells that it would have opened, and refuses nobody', async () => {
    const one = live({ failures: 2, mode: 'metrics-only' })
    let opened = 0
    one.events.on('breaker.opened', () => opened++)
    await times(4, () => fail(one))
    expect(opened).toBe(2)
    expect(await succeed(one)).toMatchObject({ kind: 'success' })
  })
})

describe('the options of a circuit breaker', () => {
  it.each([
    [{ failureRate: 0 }, /failureRate must be above 0/],
    [{ failureRate: 1.5 }, /failureRate must be a number from 0 to 1/],
    [{ slowCallRate: 0.5 }, /slowCall must be given/],
    [{ failures: 0 }, /failures must be a positive whole number/],
    [{ failureRate: 0.5, window: 5, minimumCalls: 10 }, /minimumCalls must be at most the 5 calls/],
    [{ openFor: '-1s' as '1s' }, /openFor/],
    [{ treshold: 1 }, /no option treshold/],
  ] satisfies [object, RegExp][])('%o are refused', (options: object, message) => {
    expect(() => circuitBreaker(options)).toThrow(message)
  })

  it('that are refused by a live breaker change nothing', async () => {
    const one = live({ failures: 2 })
    expect(() => one.update('circuitBreaker', { failures: -1 })).toThrow(/failures/)
    await times(2, () => fail(one))
    expect(stateOf(one).circuit).toBe('open')
  })
})
