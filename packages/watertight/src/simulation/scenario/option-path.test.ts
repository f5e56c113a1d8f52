import { describe, expect, it } from 'vitest'
import { changedOptions, optionAt, plainOptions, withOption, withOptions } from './option-path.ts'

const options = { retry: { attempts: 3, budget: null }, limits: [{ rate: 10 }, { rate: 20 }] }

describe('a path into options', () => {
  it('sets what it names and leaves the rest, and the original, alone', () => {
    const changed = withOption(options, 'retry.attempts', 5)
    expect(changed).toEqual({ ...options, retry: { attempts: 5, budget: null } })
    expect(options.retry.attempts).toBe(3)
  })

  it('reaches into lists by number', () => {
    expect(withOption(options, 'limits.1.rate', 30)).toMatchObject({ limits: [{ rate: 10 }, { rate: 30 }] })
    expect(optionAt(options, 'limits.0.rate')).toBe(10)
  })

  it('replaces what was switched off', () => {
    expect(withOption(options, 'retry.budget', 0.1)).toMatchObject({ retry: { budget: 0.1 } })
  })

  it.each([
    ['retry.attemps', /retry\.attemps: retry has no attemps; it has attempts, budget/],
    ['hedge.after', /hedge\.after: the scenario has no hedge; it has retry, limits/],
    ['retry.attempts.most', /retry\.attempts has no most; nothing is inside it/],
    ['limits.7', /limits has no 7; it has 0, 1/],
    ['retry.toString', /retry has no toString/],
  ])('refuses %s, which would vary nothing, and says what there is', (path, message) => {
    expect(() => withOption(options, path, 1)).toThrow(message)
  })

  it('may name what only another configuration has', () => {
    expect(withOption({ a: 1 }, 'retry.attempts', 2, [options])).toEqual({ a: 1, retry: { attempts: 2 } })
  })
})

describe('options laid over options', () => {
  it('change what they name', () => {
    expect(withOptions(options, { retry: { attempts: 1 } })).toEqual({
      ...options,
      retry: { attempts: 1, budget: null },
    })
  })

  it('are refused when they name what is not there', () => {
    expect(() => withOptions(options, { retry: { atempts: 1 } })).toThrow(/retry has no atempts/)
  })

  it('are found again as what has changed', () => {
    const changed = withOptions(options, { retry: { attempts: 1 }, limits: [] })
    expect([...changedOptions(options, changed)]).toEqual([
      ['retry.attempts', 1],
      ['limits', []],
    ])
    expect(changedOptions(options, options).size).toBe(0)
    expect([...changedOptions({ a: 1 }, { b: 2 })]).toEqual([
      ['a', undefined],
      ['b', 2],
    ])
  })
})

describe('plain options', () => {
  it('are a copy without what is undefined', () => {
    expect(plainOptions({ a: undefined, b: [1, 'x', true, null] })).toEqual({ b: [1, 'x', true, null] })
  })

  it.each([
    [{ retry: { handle: () => true } }, /options\.retry\.handle must be plain data/],
    [{ window: Infinity }, /options\.window must be a finite number/],
    [{ at: [new Map()] }, /options\.at\.0 must be plain data/],
  ])('refuse what JSON cannot say, and name the place', (given, message) => {
    expect(() => plainOptions(given)).toThrow(message)
  })
})
