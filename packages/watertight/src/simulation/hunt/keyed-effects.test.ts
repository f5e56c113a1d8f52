import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyedEffects } from './keyed-effects.ts'

const effect = (key: string, owner: string = key): { key: string; owner: string; amount: number } => ({
  key,
  owner,
  amount: 5,
})

describe('a participant that honours keys', () => {
  it('does a thing once for each key, and knows who had it twice under two', () => {
    const bank = new KeyedEffects()
    expect([bank.run(effect('k', 'ann')), bank.run(effect('k', 'ann'))]).toEqual(['done', 'done'])
    expect([bank.total, bank.times('ann'), bank.doneTwice()]).toEqual([5, 1, undefined])
    bank.run(effect('l', 'ann'))
    expect([bank.total, bank.holds('ann'), bank.doneTwice()]).toEqual([10, 2, 'ann had it 2 times'])
  })

  it('refuses for ever what comes under a key that was given back, done before or not', () => {
    const bank = new KeyedEffects()
    bank.run(effect('k'))
    for (const key of ['k', 'never']) {
      bank.undo(key)
      expect([bank.run(effect(key)), bank.has(key)]).toEqual(['closed', false])
    }
    expect(bank.total).toBe(0)
  })

  it('says no for good: a repetition gets the same answer when there is room again', () => {
    const stock = new KeyedEffects()
    expect(stock.run(effect('k'), () => true)).toBe('no')
    expect(stock.run(effect('k'), () => false)).toBe('no')
    expect(stock.total).toBe(0)
  })

  it('holds what it did and did not give back', () => {
    const asked = fc.array(fc.tuple(fc.constantFrom('run', 'undo'), fc.constantFrom('a', 'b', 'c')))
    fc.assert(
      fc.property(asked, (steps) => {
        const bank = new KeyedEffects()
        for (const [what, key] of steps) {
          if (what === 'run') bank.run(effect(key))
          else bank.undo(key)
        }
        const held = ['a', 'b', 'c'].filter((key) => bank.has(key))
        expect(bank.total).toBe(5 * held.length)
        expect(bank.doneTwice()).toBeUndefined()
      }),
    )
  })
})
