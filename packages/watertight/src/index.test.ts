import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  bulkhead,
  cache,
  circuitBreaker,
  coalesce,
  failover,
  fallback,
  fallbackChain,
  fetchWith,
  hedge,
  interceptor,
  isWatertightError,
  keyed,
  loadShedder,
  pipeline,
  rateLimiter,
  registry,
  retry,
  timeout,
  type LivePipeline,
  type Outcome,
  type Pipeline,
  type Policy,
  type WatertightError,
} from './index.ts'
import { sagaEngine, saga, type Input } from './saga/index.ts'
import { memoryStore } from './store/index.ts'

interface Receipt {
  readonly id: string
  readonly paid: boolean
}
const receipt: Receipt = { id: 'o1', paid: true }

describe('the types of results', () => {
  it('pass policies that only hold, repeat or refuse unchanged', async () => {
    const plain = pipeline(
      'plain',
      timeout('5s'),
      cache({ ttl: '1m', key: () => 'one' }),
      coalesce({ key: () => 'one' }),
      retry({ attempts: 2 }),
      hedge({ after: '1s', idempotent: true }),
      circuitBreaker(),
      keyed(bulkhead({ concurrent: 1 })),
      rateLimiter({ limit: 10 }),
    )
    const passes: Pipeline = plain
    expect(passes).toBe(plain)
    const paid = await plain.run(async () => receipt)
    expectTypeOf(paid).toEqualTypeOf<Receipt>()
    expect(paid).toBe(receipt)
    expectTypeOf(plain.run(() => {})).toEqualTypeOf<Promise<void>>()
  })

  it('gain those of stand-ins: values, functions, promises, chains', async () => {
    const value = pipeline('value', fallback(null)).run(() => receipt)
    expectTypeOf(value).toEqualTypeOf<Promise<Receipt | null>>()
    const promise = pipeline(
      'promise',
      fallback(async () => 'pending'),
    ).run(() => receipt)
    expectTypeOf(promise).toEqualTypeOf<Promise<Receipt | string>>()
    const chain = pipeline('chain', fallbackChain([() => receipt, async () => receipt])).run(() => 1)
    expectTypeOf(chain).toEqualTypeOf<Promise<number | Receipt>>()
    const several = pipeline('several', fallback(1), timeout('1s'), fallback('one')).run(() => true)
    expectTypeOf(several).toEqualTypeOf<Promise<boolean | number | string>>()
    expect(await Promise.all([value, promise, chain, several])).toEqual([receipt, receipt, 1, true])
  })

  it('are known of an outcome once its kind is', async () => {
    const outcome = await pipeline('asked', timeout('1s')).outcome(() => receipt)
    expectTypeOf(outcome).toEqualTypeOf<Outcome<Receipt>>()
    if (outcome.kind === 'success') expectTypeOf(outcome.value).toEqualTypeOf<Receipt>()
    if (outcome.kind === 'refused') expectTypeOf(outcome.retryAfterMs).toEqualTypeOf<number | undefined>()
    // @ts-expect-error a value is there only after a success
    expect(outcome.value).toBe(receipt)
  })

  it('and the arguments stay those of a wrapped function', async () => {
    const charge = (id: string, pence = 100): Promise<Receipt> => Promise.resolve({ id, paid: pence > 0 })
    const held = pipeline('held', fallback(undefined)).wrap(charge)
    expectTypeOf(held).toEqualTypeOf<(id: string, pence?: number) => Promise<Receipt | undefined>>()
    expect(await held('o2')).toEqual({ id: 'o2', paid: true })
    // @ts-expect-error the id is a text
    const wrong = (): unknown => held(2)
    expectTypeOf(wrong).toBeFunction()
  })

  it('and a key function decides which functions can be wrapped', async () => {
    const cached = pipeline('cached', timeout('1s'), cache({ ttl: '1m', key: (id: string) => id }))
    const load = (id: string, depth = 1): Promise<string> => Promise.resolve(`${id}${depth}`)
    expect(await cached.wrap(load)('o')).toBe('o1')
    const shared = pipeline('shared', coalesce({ key: (page: number) => `${page}` }))
    // @ts-expect-error the key function takes a number, and would get a text
    expect(await shared.wrap(load)('o')).toBe('o1')
    // @ts-expect-error the key function takes a text, and would get nothing
    expect(cached.wrap(async () => 1)).toBeTypeOf('function')
  })

  it('are the same on another runtime, in a registry and over several providers', async () => {
    const made = registry({ make: () => [fallback('none'), timeout('1s')] })
    expectTypeOf(made.get('search')).toEqualTypeOf<LivePipeline<string>>()
    const provider = (name: string) => ({ name, pipeline: pipeline(name, timeout('1s')), call: () => receipt })
    const providers = failover([provider('alpha'), provider('beta')])
    expectTypeOf(providers.run([])).toEqualTypeOf<Promise<Receipt>>()
    expect(await providers.run([])).toBe(receipt)
  })

  it('of policies that come from a list are what the list says', async () => {
    const list: readonly Policy[] = [timeout('1s'), retry()]
    const result = pipeline('listed', ...list).run(() => 1)
    expectTypeOf(result).toEqualTypeOf<Promise<number>>()
    expect(await result).toBe(1)
  })
})

describe('what the compiler refuses', () => {
  it('is a fetch whose stand-in is no response', () => {
    const wrong = pipeline('wrong', fallback({ status: 'pending' }))
    const right = pipeline(
      'right',
      fallback(() => new Response('none')),
    )
    // @ts-expect-error the stand-in is no Response
    expect(fetchWith(wrong)).toBeTypeOf('function')
    expect(fetchWith(right)).toBeTypeOf('function')
  })

  it('is a step of a saga behind a stand-in: it would count as done', () => {
    const pretends = pipeline('pretends', fallback(receipt))
    const pay = (): unknown =>
      saga('pay', { version: 1 }, (s: Input<object>) =>
        // @ts-expect-error its pipeline has a stand-in
        s.step('charge', { run: () => receipt, via: pretends }),
      )
    expect(pay).toThrow('via of step charge must be a pipeline without stand-ins, but its fallback is one')
  })

  it('is a provider that answers with a stand-in: a failover would take it for the real thing', () => {
    const pretends = { name: 'pretends', pipeline: pipeline('pretends', fallback('done')), call: () => 'done' }
    // @ts-expect-error its pipeline has a stand-in
    expect(failover([pretends])).toBeDefined()
  })

  it.each<[string, () => unknown]>([
    // @ts-expect-error s, not sec
    ['a unit of time there is not', () => timeout('5sec')],
    // @ts-expect-error attempts, not retries
    ['a misspelt option', () => retry({ retries: 3 })],
    // @ts-expect-error { concurrent: 10 }
    ['a number in place of options', () => bulkhead(10)],
    // @ts-expect-error retry()
    ['a policy that was not made', () => pipeline('x', retry)],
    // @ts-expect-error idempotent: true
    ['a hedge of what nobody said may be repeated', () => hedge({ after: '1s' })],
  ])('is %s, and so does the running program', (_, wrong) => {
    expect(wrong).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('what plain JavaScript forgets', () => {
  const nothing = undefined as never

  it.each<[string, () => unknown, string]>([
    ['the options of a bulkhead', () => bulkhead(nothing), 'what bulkhead is given must be an object'],
    ['the options of a load shedder', () => loadShedder(nothing), 'what loadShedder is given must be an object'],
    ['the policy of keyed', () => keyed(nothing), 'policy must be one that admits or refuses calls'],
    ['the stand-ins of a chain', () => fallbackChain(nothing), 'sources must be a list of at least one stand-in'],
    ['the providers of a failover', () => failover(nothing), 'providers must be a list of at least one provider'],
    [
      'that providers are a list',
      () => failover('north' as never),
      'providers must be a list of at least one provider',
    ],
    ['the pipelines of a fetch', () => fetchWith(nothing), 'source must be a registry, a pipeline, or a function'],
    ['the pipelines of an interceptor', () => interceptor(nothing), 'source must be a registry, a pipeline'],
  ])('is told by name: %s', (_, call, message) => {
    expect(call).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }))
  })
})

describe('events', () => {
  it('are known by name, with what they tell', () => {
    const { events } = pipeline('told', retry())
    const off = [
      events.on('retry.waiting', (event) => {
        expectTypeOf(event.nextAttempt).toEqualTypeOf<number>()
        expectTypeOf(event.pipeline).toEqualTypeOf<string>()
      }),
      events.onAny((type, event) => {
        if (type === 'call.rejected') expectTypeOf(event.code).toEqualTypeOf<string>()
      }),
      // @ts-expect-error there is no such event
      events.on('retry.wating', () => {}),
    ]
    for (const remove of off) remove()
    expect(events.listenerCount).toBe(0)
  })
})

describe('errors', () => {
  it('are known as ours once asked', () => {
    const thrown: unknown = new Error('theirs')
    if (isWatertightError(thrown, 'CIRCUIT_OPEN')) expectTypeOf(thrown).toEqualTypeOf<WatertightError>()
    expect(isWatertightError(thrown)).toBe(false)
  })
})

describe('a saga', () => {
  it('knows at its end what each of its steps gave', async () => {
    const order = saga('order', { version: 1 }, (s: Input<{ readonly sku: string }>) =>
      s
        .step('reserve', { run: ({ input }) => ({ parcel: input.sku }) })
        .pivot()
        .step('ship', { run: ({ results }) => results.reserve.parcel.length }),
    )
    const engine = sagaEngine({ store: memoryStore(), sagas: [order] })
    const started = await engine.start(order, 'o1', { sku: '22423' })
    const end = await started.done
    if (end.outcome === 'completed') {
      expectTypeOf(end.results.reserve).toEqualTypeOf<{ parcel: string }>()
      expectTypeOf(end.results.ship).toEqualTypeOf<number>()
    } else expectTypeOf(end.results.ship).toEqualTypeOf<number | undefined>()
    expect(end).toMatchObject({ outcome: 'completed', results: { reserve: { parcel: '22423' }, ship: 5 } })
    // @ts-expect-error another input than the saga's
    const wrong = (): unknown => engine.start(order, 'o2', { sku: 1 })
    expectTypeOf(wrong).toBeFunction()
    await engine.close()
  })
})
