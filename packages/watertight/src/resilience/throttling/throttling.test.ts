import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { WatertightError } from '../../runtime/error.ts'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import type { Priority } from '../call.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { fallback } from '../fallback/fallback.ts'
import { pipeline } from '../pipeline.ts'
import { retry } from '../retry/retry.ts'
import { timeout } from '../timeout/timeout.ts'
import { throttling } from './throttling.ts'
import type { ThrottlingOptions } from './throttling-options.ts'

let runtime = new VirtualRuntime()
beforeEach(() => {
  runtime = new VirtualRuntime({ seed: 1 })
})

const live = (options?: ThrottlingOptions) => pipeline('p', throttling(options)).on(runtime)
type Live = ReturnType<typeof live>

const fails = (error: unknown) => (): unknown => {
  throw error
}
const busy = fails(Object.assign(new Error('busy'), { status: 503 }))

const stateOf = (one: Live) => one.state().policies['throttling']

/** A backend that takes on so many calls a second and turns the others away; counts what comes. */
class Backend {
  came = 0
  accepted = 0
  readonly #perSecond: number
  #second = -1
  #left = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  call(): unknown {
    const second = Math.floor(runtime.now() / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#left = this.#perSecond
    }
    this.came++
    if (this.#left-- <= 0) return busy()
    this.accepted++
    return 'done'
  }
}

/** Calls at an even rate for so many seconds. */
const load = async (one: Live, backend: Backend, perSecond: number, seconds: number, priority?: Priority) => {
  for (let i = 0; i < perSecond * seconds; i++) {
    void one.outcome(() => backend.call(), { priority })
    if (i % (perSecond / 10) === 0) await runtime.advance(100)
  }
}

describe('throttling', () => {
  it.each([1.2, 2, 4])('sends a backend at ten times its capacity about %s times what it can take', async (k) => {
    const one = live({ k, window: '30s' })
    const backend = new Backend(20)
    await load(one, backend, 200, 60)
    backend.came = backend.accepted = 0
    await load(one, backend, 200, 60)
    expect(backend.accepted / 60).toBeGreaterThan(18)
    expect(backend.came / 60 / 20 / k).toBeGreaterThan(0.85)
    expect(backend.came / 60 / 20 / k).toBeLessThan(1.15)
    one.check()
  })

  it('refuses nothing while nothing is turned away', async () => {
    const one = live()
    for (let i = 0; i < 1_000; i++) expect(await one.outcome(() => i)).toMatchObject({ kind: 'success' })
    expect(stateOf(one)).toMatchObject({ requests: 1_000, accepts: 1_000, refused: 0 })
  })

  it('refuses nothing as long as the backend takes on the k-th part', async () => {
    const one = live({ k: 2 })
    for (let i = 0; i < 500; i++) {
      await one.outcome(() => 1)
      await one.outcome(busy)
    }
    expect(stateOf(one)).toMatchObject({ requests: 1_000, accepts: 500, refused: 0 })
  })

  it('throws THROTTLED', async () => {
    const one = live()
    let error: unknown
    for (let i = 0; i < 50; i++) await one.run(busy).catch((thrown: unknown) => (error = thrown))
    expect(error).toMatchObject({ code: 'THROTTLED', retryable: true, source: 'throttling' })
  })

  it('counts its own refusals as requests, or it would let go as soon as it bites', async () => {
    const one = live()
    for (let i = 0; i < 200; i++) await one.outcome(busy)
    const { refused } = stateOf(one) as { refused: number }
    expect(refused).toBeGreaterThan(150)
    expect(stateOf(one)).toMatchObject({ requests: 200, accepts: 0, admitted: 200 - refused })
  })

  it('lets through more and more again when the backend is back', async () => {
    const one = live({ window: '10s' })
    for (let i = 0; i < 100; i++) await one.outcome(busy)
    await runtime.advance('11s')
    expect(stateOf(one)).toMatchObject({ requests: 0, refusing: { normal: 0 } })
    expect(await one.outcome(() => 1)).toMatchObject({ kind: 'success' })
  })

  it('does not hold calls under way against the backend', async () => {
    const one = live()
    for (let i = 0; i < 100; i++) void one.outcome(() => new Promise(() => {}))
    await one.outcome(() => 1)
    expect(stateOf(one)).toMatchObject({ requests: 1, accepts: 1, refusing: { normal: 0 } })
  })

  it('refuses the less important ones first', async () => {
    const one = live({ k: { low: 1, normal: 2, high: 8 } })
    const backend = new Backend(20)
    await load(one, backend, 40, 60)
    const { refusing } = stateOf(one) as { refusing: Record<Priority, number> }
    expect(refusing.high).toBe(0)
    expect(refusing.normal).toBeLessThan(refusing.low)
    expect(refusing.low).toBeGreaterThan(0.3)
  })

  const endings: [what: string, end: () => unknown, learnt: object][] = [
    ['an answer', () => 1, { requests: 1, accepts: 1 }],
    ['an error that it answered with', fails(new Error('broken')), { requests: 1, accepts: 1 }],
    ['a request that it refused as wrong', fails({ status: 404 }), { requests: 1, accepts: 1 }],
    ['push-back', busy, { requests: 1, accepts: 0 }],
    ['a connection that was not made', fails({ code: 'ECONNREFUSED' }), { requests: 1, accepts: 0 }],
    ['a time limit inside', fails(new WatertightError('TIMED_OUT', 'late')), { requests: 1, accepts: 0 }],
  ]
  it.each(endings)('learns from %s', async (_, end, learnt) => {
    const one = live()
    await one.outcome(end)
    expect(stateOf(one)).toMatchObject(learnt)
  })

  it('takes a time limit that passed, outside or inside, for a call that was not taken on', async () => {
    for (const chain of [
      [timeout('1s'), throttling()],
      [throttling(), timeout('1s')],
    ]) {
      const one = pipeline('p', ...chain).on(runtime)
      void one.outcome(() => new Promise(() => {}))
      await runtime.advance('1s')
      expect(stateOf(one)).toMatchObject({ requests: 1, accepts: 0 })
    }
  })

  it('learns nothing from a caller who gives up, nor from the refusal of an inner policy', async () => {
    const one = pipeline('p', throttling(), bulkhead({ concurrent: 1 })).on(runtime)
    const controller = new AbortController()
    const given = one.outcome(() => new Promise(() => {}), { signal: controller.signal })
    expect(await one.outcome(() => 1)).toMatchObject({ code: 'BULKHEAD_FULL' })
    controller.abort()
    expect(await given).toMatchObject({ kind: 'cancelled' })
    expect(stateOf(one)).toMatchObject({ requests: 0 })
  })

  it('asks what else counts as taken on, and keeps to its own view when the answer throws', async () => {
    const one = live({
      accepted: (error) => {
        if (error === 'odd') throw new Error('hook')
        return error !== 'no'
      },
    })
    for (const error of ['yes', 'no', 'odd']) await one.outcome(fails(error))
    expect(stateOf(one)).toMatchObject({ requests: 3, accepts: 2 })
    expect(runtime.reported).toHaveLength(1)
  })

  it('refuses the same calls for the same seed', async () => {
    const refused = async () => {
      const one = pipeline('p', throttling()).on(new VirtualRuntime({ seed: 7 }))
      const kinds = []
      for (let i = 0; i < 100; i++) kinds.push((await one.outcome(busy)).kind)
      return kinds
    }
    expect(await refused()).toEqual(await refused())
  })

  it('tells the share that it refuses', async () => {
    const one = live()
    const shares: number[] = []
    one.events.on('throttle.refused', ({ refusing }) => shares.push(refusing))
    for (let i = 0; i < 100; i++) await one.outcome(busy)
    expect(shares.length).toBeGreaterThan(50)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  })

  it('follows its formula, whatever came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.double({ min: 1, max: 5, noNaN: true }),
        async (came, k) => {
          const one = pipeline('p', throttling({ k })).on(new VirtualRuntime())
          for (const good of came) await one.outcome(good ? () => 1 : busy)
          const { requests, accepts, refusing } = stateOf(one) as {
            requests: number
            accepts: number
            refusing: Record<Priority, number>
          }
          expect(requests).toBe(came.length)
          expect(refusing.normal).toBeCloseTo(Math.max(0, (requests - k * accepts) / (requests + 1)))
          expect(refusing.normal).toBeLessThan(1)
          one.check()
        },
      ),
      { numRuns: 50 },
    )
  })

  it('can be changed while it works', async () => {
    const one = live()
    for (let i = 0; i < 20; i++) await one.outcome(busy)
    one.update('throttling', { window: '1s' })
    expect(stateOf(one)).toMatchObject({ requests: 0 })
    expect(() => one.update('throttling', { k: 0.5 })).toThrow(/k must be a number of at least 1/)
  })

  it('refuses options that make no sense', () => {
    expect(() => throttling({ k: { low: 0 } })).toThrow(/k\.low must be a number of at least 1/)
    expect(() => throttling({ k: { lowest: 2 } as object })).toThrow(/throttling k has no option lowest/)
    expect(() => throttling({ window: 0 })).toThrow(/window must be a duration above 0/)
    expect(() => throttling({ limit: 1 } as object)).toThrow(/throttling has no option limit/)
  })

  it('is doubted around what hides attempts from it', () => {
    const { advice } = pipeline('p', throttling(), retry(), fallback(0))
    expect(advice.map(({ code }) => code)).toEqual([
      'retry-inside-throttling',
      'fallback-inside-throttling',
      'fallback-inside-retry',
    ])
  })
})
