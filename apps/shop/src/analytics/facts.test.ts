import { systemRuntime as runtime } from 'watertight'
import { memoryStore, type Store } from 'watertight/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Facts } from './facts.ts'

const fact = (id: string, day = '2011-12-09') => ({ id, orderId: id, country: 'EIRE', totalMinor: 100, day })

describe('Facts', () => {
  let store: Store
  let facts: Facts
  beforeEach(() => {
    store = memoryStore({ runtime })
    facts = new Facts({ store, runtime })
  })
  afterEach(() => store.close())

  it('adds up the revenue of each day', async () => {
    await Promise.all([facts.record(fact('a')), facts.record(fact('b')), facts.record(fact('c', '2011-12-10'))])
    await expect(facts.revenue()).resolves.toEqual({ '2011-12-09': 200, '2011-12-10': 100 })
  })

  it('counts a fact once, also when it is repeated at the same time', async () => {
    await Promise.all([facts.record(fact('a')), facts.record(fact('a')), facts.record(fact('a'))])
    await facts.record(fact('a'))
    await expect(facts.revenue()).resolves.toEqual({ '2011-12-09': 100 })
  })

  it('counts every fact when two processes record those of the same day', async () => {
    const desks = [facts, new Facts({ store, runtime })]
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => desks[i % 2]?.record(fact(`fact-${i >> 1}-${i % 3}`))),
    )
    const { events } = await store.readLog({ after: 0 })
    await expect(facts.revenue()).resolves.toEqual({ '2011-12-09': events.length * 100 })
  })
})
