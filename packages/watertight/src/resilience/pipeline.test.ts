import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { bulkhead } from './bulkhead/bulkhead.ts'
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
import { fallback } from './fallback/fallback.ts'
import { pipeline } from './pipeline.ts'
import { fixed } from './retry/backoff.ts'
import { retry } from './retry/retry.ts'
import { timeout } from './timeout/timeout.ts'

const five = () =>
  pipeline(
    'five',
    fallback('stand-in', { handle: (error) => error instanceof RangeError }),
    retry({ attempts: 3, backoff: fixed(100) }),
    circuitBreaker({ failures: 10 }),
    bulkhead({ concurrent: 2, queue: 2 }),
    timeout('1s'),
  )

describe('a pipeline', () => {
  let runtime = new VirtualRuntime()
  beforeEach(() => {
    runtime = new VirtualRuntime()
  })
  afterEach(async () => {
    await runtime.advance(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('hands on a result, now or later', async () => {
    const live = five().on(runtime)
    expect(await live.run(() => 1)).toBe(1)
    expect(await live.run(async () => 2)).toBe(2)
    live.check()
  })

  it('keeps the types of results, and adds those of fallbacks', async () => {
    const result: number | string = await five()
      .on(runtime)
      .run(async () => 1)
    expect(result).toBe(1)
    const plain: number = await pipeline('plain', timeout('1s'))
      .on(runtime)
      .run(() => 1)
    expect(plain).toBe(1)
  })

  it.each([
    [5 as never, '5'],
    ['', "''"],
  ])('refuses what is no name for a policy: %s', (name, given) => {
    expect(() => pipeline('named', timeout('1s'), retry({ name }))).toThrow(
      `the name of policy 2 of named must be a string that is not empty, but it is ${given}`,
    )
  })

  it.each([
    ['a maker that was not called', 'a function', [timeout('1s'), retry as never]],
    ['a list', 'an array', [timeout('1s'), [] as never]],
    ['nothing', 'undefined', [timeout('1s'), undefined as never]],
  ])('refuses %s in place of a policy, and says where it stands', (_, given, policies) => {
    const message = `policy 2 of mixed must be what a function such as timeout('2s') or retry() returns, but it is ${given}`
    expect(() => pipeline('mixed', ...policies)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message }))
  })

  it('throws what the function threw, the same object', async () => {
    const error = new TypeError('broken')
    const live = pipeline('bare').on(runtime)
    await expect(live.run(() => Promise.reject(error))).rejects.toBe(error)
    await expect(
      live.run(() => {
        throw error
      }),
    ).rejects.toBe(error)
  })

  it('tries again, and gives a scope of its own to each attempt', async () => {
    const live = five().on(runtime)
    const seen: number[] = []
    const result = live.run(async ({ attempt, signal }) => {
      expect(signal.aborted).toBe(false)
      seen.push(attempt)
      if (attempt < 3) throw new Error('again')
      return 'done'
    })
    expect(await runtime.run(result)).toBe('done')
    expect(seen).toEqual([1, 2, 3])
    live.check()
  })

  it('ends an attempt at its time limit, tries again, and answers with the stand-in at last', async () => {
    const live = pipeline('t', fallback('stand-in'), retry({ attempts: 2, backoff: fixed(100) }), timeout('1s')).on(
      runtime,
    )
    const signals: AbortSignal[] = []
    const result = live.run(({ signal }) => {
      signals.push(signal)
      return new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    expect(await runtime.run(result)).toBe('stand-in')
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true])
    await runtime.advance(1)
    expect(runtime.now()).toBe(2_101)
  })

  it('ends at once when its caller aborts', async () => {
    const live = five().on(runtime)
    const controller = new AbortController()
    const result = live.outcome(() => new Promise<string>(() => {}), { signal: controller.signal })
    await runtime.advance(10)
    controller.abort('bored')
    expect(await result).toEqual({ kind: 'cancelled', cause: 'caller', reason: 'bored' })
    expect(live.state()).toMatchObject({ inFlight: 0, abandoned: 1, policies: { bulkhead: { active: 1 } } })
    await runtime.advance('30s')
    expect(live.state()).toMatchObject({ abandoned: 0, policies: { bulkhead: { active: 0 } } })
    live.check()
  })
})

describe('a live pipeline', () => {
  it.each([undefined, 'charge', Promise.resolve(1)])(
    'refuses to call %s, and says that it takes a function',
    async (fn) => {
      const broken = pipeline('payments', retry()) as unknown as {
        run(fn: unknown): Promise<unknown>
        wrap(fn: unknown): unknown
      }
      await expect(broken.run(fn)).rejects.toThrow(/fn must be the function to call/)
      expect(() => broken.wrap(fn)).toThrow(/fn must be the function to wrap/)
    },
  )

  it('is one for each runtime: nothing leaks from one into another', async () => {
    const definition = pipeline('p', circuitBreaker({ failures: 1 }))
    const [a, b] = [new VirtualRuntime(), new VirtualRuntime()]
    await definition.on(a).outcome(() => Promise.reject(new Error('down')))
    expect(definition.on(a).state().breaker).toBe('open')
    expect(definition.on(b).state().breaker).toBe('closed')
    expect(definition.on(a)).toBe(definition.on(a))
  })

  it.each([
    ['a misspelt option', { sgnal: new AbortController().signal }, 'a call has no option sgnal'],
    ['a signal in place of options', new AbortController().signal, 'a call has no option'],
  ])('refuses %s: the call would not end when it is aborted', async (_, options, message) => {
    const one = pipeline('p').on(new VirtualRuntime())
    let called = false
    const fn = (): boolean => (called = true)
    await expect(one.run(fn, options as never)).rejects.toThrow(message)
    await expect(one.acquire(options as never)).rejects.toThrow(message)
    expect(await one.outcome(fn, options as never)).toMatchObject({
      kind: 'failure',
      error: { code: 'INVALID_OPTION' },
    })
    expect(called).toBe(false)
    expect(one.state().inFlight).toBe(0)
  })

  it('takes overrides by the name of the policy, and refuses names it does not have', () => {
    const definition = pipeline('p', bulkhead({ concurrent: 1 }), timeout({ after: '1s', name: 'attempt' }))
    const live = definition.on(new VirtualRuntime(), { bulkhead: { concurrent: 7 }, attempt: { after: '2s' } })
    expect(live.state()).toMatchObject({ policies: { bulkhead: { concurrent: 7 } } })
    expect(() => live.update('retry', {})).toThrow(
      "policy of p must be one of 'bulkhead', 'attempt', but it is 'retry'",
    )
  })

  it('is not harmed by a listener that throws: the real error arrives', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('p', circuitBreaker({ failures: 1 })).on(runtime)
    live.events.onAny(() => {
      throw new Error('listener')
    })
    await expect(live.run(() => Promise.reject(new Error('real')))).rejects.toThrow('real')
    expect(runtime.reported.length).toBeGreaterThan(0)
  })

  it('drops a call whose deadline has passed before it starts, and ends one whose deadline passes', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('p').on(runtime)
    await runtime.advance('1s')
    let called = false
    const late = live.run(() => (called = true), { deadline: 500 })
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', retryable: false })
    expect(called).toBe(false)
    const outcome = live.outcome(() => new Promise(() => {}), { deadline: 1_500 })
    await runtime.advance('500ms')
    expect(await outcome).toEqual({ kind: 'cancelled', cause: 'deadline' })
  })

  it('tells of each call once, with what a person wants to know', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('p', retry({ attempts: 2, backoff: fixed(100) })).on(runtime)
    const told: unknown[] = []
    live.events.onAny((...event) => told.push(event))
    await runtime.run(live.run(({ attempt }) => (attempt === 1 ? Promise.reject(new Error('once')) : 'ok')))
    expect(told).toMatchObject([
      ['attempt.failed', { attempt: 1, kind: 'failure' }],
      ['retry.waiting', { nextAttempt: 2, delayMs: 100 }],
      ['call.succeeded', { pipeline: 'p', attempts: 2, durationMs: 100 }],
    ])
  })

  it('never tells a duration that is no number, also of a call that began before anybody listened', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('p', bulkhead({ concurrent: 1 })).on(runtime)
    const { promise, resolve } = Promise.withResolvers<void>()
    const call = live.run(() => promise)
    await runtime.advance(100)
    const durations: number[] = []
    live.events.on('call.succeeded', ({ durationMs }) => durations.push(durationMs))
    await runtime.advance(50)
    resolve()
    await call
    expect(durations).toEqual([50])
  })

  it('awaits what can only be awaited, and is not fooled by what calls back twice', async () => {
    const live = pipeline('p', circuitBreaker()).on(new VirtualRuntime())
    // oxlint-disable-next-line unicorn/no-thenable -- what this is about
    const odd = { then: (done: (value: number) => void): void => (done(1), done(2)) }
    expect(await live.run(() => odd as PromiseLike<number>)).toBe(1)
    live.check()
  })

  it('wraps a function, keeping its arguments and its result', async () => {
    const double = pipeline('p', timeout('1s'))
      .on(new VirtualRuntime())
      .wrap((n: number) => n * 2)
    expect(await double(21)).toBe(42)
  })

  it('counts an abort by the function itself, before it returns', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('p', bulkhead({ concurrent: 1 })).on(runtime)
    const controller = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    const outcome = live.outcome(() => (controller.abort(), promise), { signal: controller.signal })
    expect(await outcome).toMatchObject({ kind: 'cancelled' })
    expect(live.state()).toMatchObject({ policies: { bulkhead: { active: 1 } } })
    resolve()
    await runtime.advance(0)
    expect(live.state()).toMatchObject({ abandoned: 0, policies: { bulkhead: { active: 0 } } })
  })

  it('gives outer policies their permits back when a policy inside throws', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('p', bulkhead({ concurrent: 1 }), timeout({ after: () => Number.NaN })).on(runtime)
    await expect(live.run(() => 1)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    live.check()
    expect(live.state()).toMatchObject({ inFlight: 0, policies: { bulkhead: { active: 0 } } })
  })

  it('rejects, and does not throw, when an option of the call is wrong', async () => {
    const call = pipeline('p')
      .on(new VirtualRuntime())
      .run(() => 1, { priority: 'urgent' as 'high' })
    await expect(call).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('advice on the order of policies', () => {
  it.each([
    [[circuitBreaker(), retry()], 'retry-inside-breaker'],
    [[bulkhead({ concurrent: 1 }), retry()], 'retry-inside-bulkhead'],
    [[retry(), retry()], 'retry-inside-retry'],
    [[circuitBreaker(), fallback(1)], 'fallback-inside-breaker'],
    [[retry(), fallback(1)], 'fallback-inside-retry'],
    [[timeout('1s'), retry(), timeout('2s')], 'timeout-never-fires'],
    [[timeout('5s'), timeout('2s')], 'timeout-never-fires'],
  ])('%# is given by name at construction, with the reason', (policies, code) => {
    expect(pipeline('p', ...policies).advice).toMatchObject([{ code }])
  })

  it('is silent about the usual order, and told as an event otherwise', async () => {
    const usual = [fallback(1), timeout('5s'), retry(), circuitBreaker(), bulkhead({ concurrent: 1 }), timeout('2s')]
    expect(pipeline('p', ...usual).advice).toEqual([])
    const runtime = new VirtualRuntime()
    const told: string[] = []
    const live = pipeline('p', retry(), retry()).on(runtime)
    live.events.on('order.advised', ({ code }) => told.push(code))
    await runtime.advance(0)
    expect(told).toEqual(['retry-inside-retry'])
  })
})
