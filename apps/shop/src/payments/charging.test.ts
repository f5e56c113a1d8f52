import fc from 'fast-check'
import { isWatertightError, WatertightError } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'
import { type Commit, memoryStore, type Store } from 'watertight/store'
import { describe, expect, it } from 'vitest'
import type { PaymentRequest } from '../contract/payments.ts'
import { type Behaviour, ScriptedProvider } from '../testing/scripted-provider.ts'
import { charge, type Providers } from './charging.ts'
import { PaymentStreams } from './payment-streams.ts'
import { refund } from './refunding.ts'

const KEY = 'order-536365-charge'
const REQUEST: PaymentRequest = { orderId: '536365', amountMinor: 1999 }

const scripted = (...scripts: readonly (readonly Behaviour[])[]) => {
  const [alpha, beta, gamma] = [0, 1, 2].map((index) => new ScriptedProvider(scripts[index])) as [
    ScriptedProvider,
    ScriptedProvider,
    ScriptedProvider,
  ]
  const providers: Providers = { 'provider-alpha': alpha, 'provider-beta': beta, 'provider-gamma': gamma }
  const held = () => [alpha.held, beta.held, gamma.held]
  const flush = () => {
    for (const provider of [alpha, beta, gamma]) provider.flush()
  }
  return { providers, held, flush, total: () => held().reduce((a, b) => a + b) }
}

const makeStreams = () => {
  const runtime = new VirtualRuntime()
  const store = memoryStore({ runtime })
  return { streams: new PaymentStreams(store, runtime), store, runtime }
}

/** Runs what waits on the virtual runtime's turns. */
const run = async <T>(runtime: VirtualRuntime, work: Promise<T>): Promise<T> => runtime.run(work)

describe('charge', () => {
  it('charges the first provider', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted()
    const result = await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    expect(result).toMatchObject({ kind: 'charged', payment: { state: { charge: { provider: 'provider-alpha' } } } })
    expect(shop.held()).toEqual([1, 0, 0])
  })

  it('takes the next provider when the first has refused', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['refused'])
    await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    expect(shop.held()).toEqual([0, 1, 0])
  })

  it('does not take the next provider while the outcome at the first is unknown', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['lost', 'unreachable', 'unreachable'])
    const result = await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    expect(result.kind).toBe('unsettled')
    expect(shop.held()).toEqual([1, 0, 0])
  })

  it('does not take a refusal for proof when the question before it was left unanswered', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['lost', 'refused', 'refused'])
    const result = await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    expect(result.kind).toBe('unsettled')
    expect(shop.held()).toEqual([1, 0, 0])
  })

  it('does not take a refusal for proof when a process that is gone has asked before', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['refused', 'refused'])
    await run(
      runtime,
      (async () => {
        const payment = await streams.load(KEY)
        await streams.append(payment, [
          { type: 'payment.requested', data: REQUEST },
          { type: 'payment.attempted', data: { provider: 'provider-alpha', attempt: 1 } },
        ])
      })(),
    )
    const result = await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    expect(result.kind).toBe('unsettled')
    expect(shop.total()).toBe(0)
  })

  it('closes the key at a provider that does not tell, and moves on: its late charge is refused', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['late', 'unreachable', 'ok'])
    await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    shop.flush()
    expect(shop.held()).toEqual([0, 1, 0])
  })

  it('finds the charge when the answer was lost, by repeating the key', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['lost'])
    expect((await run(runtime, charge(streams, shop.providers, KEY, REQUEST))).kind).toBe('charged')
    expect(shop.held()).toEqual([1, 0, 0])
  })

  it('says that no provider is left when all refuse, and starts over when asked again', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['refused'], ['refused'], ['refused'])
    expect((await run(runtime, charge(streams, shop.providers, KEY, REQUEST))).kind).toBe('no-provider')
    expect((await run(runtime, charge(streams, shop.providers, KEY, REQUEST))).kind).toBe('charged')
    expect(shop.held()).toEqual([1, 0, 0])
  })

  it('refuses a key that was used for another payment', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted()
    await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    const other = { ...REQUEST, amountMinor: 1 }
    expect((await run(runtime, charge(streams, shop.providers, KEY, other))).kind).toBe('reused')
    expect(shop.total()).toBe(1)
  })

  it('charges nothing under a key that was closed before any charge', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted()
    await run(runtime, refund(streams, shop.providers, KEY))
    expect((await run(runtime, charge(streams, shop.providers, KEY, REQUEST))).kind).toBe('closed')
    expect(shop.total()).toBe(0)
  })
})

describe('refund', () => {
  it('gives the money back once, and closes the key', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted()
    await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    await run(runtime, refund(streams, shop.providers, KEY))
    expect((await run(runtime, refund(streams, shop.providers, KEY))).kind).toBe('closed')
    expect(shop.total()).toBe(0)
    expect((await run(runtime, charge(streams, shop.providers, KEY, REQUEST))).kind).toBe('closed')
  })

  it('charges nothing from its first moment on, also while the provider does not confirm the refund', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['ok', 'unreachable'])
    await run(runtime, charge(streams, shop.providers, KEY, REQUEST))
    expect((await run(runtime, refund(streams, shop.providers, KEY))).kind).toBe('unsettled')
    expect((await run(runtime, charge(streams, shop.providers, KEY, REQUEST))).kind).toBe('closed')
    expect((await run(runtime, refund(streams, shop.providers, KEY))).kind).toBe('closed')
    expect(shop.total()).toBe(0)
  })

  it('closes an unknown outcome at its provider, so that a late charge is refused', async () => {
    const { streams, runtime } = makeStreams()
    const shop = scripted(['late', 'unreachable', 'unreachable'])
    expect((await run(runtime, charge(streams, shop.providers, KEY, REQUEST))).kind).toBe('unsettled')
    expect((await run(runtime, refund(streams, shop.providers, KEY))).kind).toBe('closed')
    shop.flush()
    expect(shop.total()).toBe(0)
  })
})

/** A store whose process dies at its n-th commit, before or after it was written. */
function dyingStore(store: Store, dies: { at: number; written: boolean }): Store {
  let commits = 0
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (name !== 'commit') return typeof member === 'function' ? member.bind(target) : member
      return async (commit: Commit) => {
        const last = ++commits === dies.at
        if (last && !dies.written) throw new WatertightError('CRASHED', 'the process died before the commit')
        const committed = await target.commit(commit)
        if (last) throw new WatertightError('CRASHED', 'the process died after the commit')
        return committed
      }
    },
  })
}

const behaviours = fc.array(fc.constantFrom<Behaviour>('ok', 'lost', 'late', 'refused', 'unreachable'), {
  maxLength: 12,
})
const visits = fc.array(
  fc.record({
    ask: fc.constantFrom('charge', 'charge', 'charge', 'refund'),
    dies: fc.record({ at: fc.integer({ min: 1, max: 6 }), written: fc.boolean() }),
    /** Runs beside the one before it, as a second process would. */
    beside: fc.boolean(),
    flush: fc.boolean(),
  }),
  { maxLength: 8 },
)

describe('a payment, whatever fails and dies on the way', () => {
  it('never holds money twice, and none after it was closed', async () => {
    await fc.assert(
      fc.asyncProperty(behaviours, behaviours, behaviours, visits, async (alpha, beta, gamma, plan) => {
        const { store, runtime } = makeStreams()
        const shop = scripted(alpha, beta, gamma)
        let closed = false
        let under: Promise<unknown>[] = []
        const check = () => {
          expect(shop.total()).toBeLessThanOrEqual(closed ? 0 : 1)
        }
        for (const { ask, dies, beside, flush } of plan) {
          if (!beside) {
            await run(runtime, Promise.all(under))
            under = []
          }
          const streams = new PaymentStreams(dyingStore(store, dies), runtime)
          const work =
            ask === 'refund'
              ? refund(streams, shop.providers, KEY).then(({ kind }) => (closed ||= kind === 'closed'))
              : charge(streams, shop.providers, KEY, REQUEST)
          under.push(
            work.catch((error: unknown) => {
              if (!isWatertightError(error, 'CRASHED')) throw error
            }),
          )
          if (flush) shop.flush()
          check()
        }
        await run(runtime, Promise.all(under))
        check()
        shop.flush()
        check()

        const streams = new PaymentStreams(store, runtime)
        const settled = async () => {
          for (;;) {
            const result = await charge(streams, shop.providers, KEY, REQUEST)
            if (result.kind !== 'unsettled' && result.kind !== 'no-provider') return result.kind
          }
        }
        const end = await run(runtime, settled())
        expect({ end, held: shop.total() }).not.toEqual({ end: 'charged', held: 0 })
        check()
        while ((await run(runtime, refund(streams, shop.providers, KEY))).kind !== 'closed');
        shop.flush()
        expect(shop.total()).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})
