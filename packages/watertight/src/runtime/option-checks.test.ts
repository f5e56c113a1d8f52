import { describe, expect, it } from 'vitest'
import {
  anything,
  between,
  callback,
  count,
  duration,
  flag,
  fraction,
  limit,
  oneOf,
  optional,
  positive,
  settingsOf,
  span,
  whole,
} from './option-checks.ts'

const bulkhead = (options: object): object =>
  settingsOf<{ concurrent: number; queue: number; maxWaitMs: number }>('bulkhead', options, {
    concurrent: count(),
    queue: whole(0, 0),
    maxWaitMs: duration(Infinity, { infinite: true }),
  })

describe('settings', () => {
  it('are the options, checked or at their defaults, with durations in milliseconds', () => {
    expect(bulkhead({ concurrent: 3, maxWait: '1.5s' })).toEqual({ concurrent: 3, queue: 0, maxWaitMs: 1_500 })
    expect(bulkhead({ concurrent: 3, queue: undefined })).toEqual({ concurrent: 3, queue: 0, maxWaitMs: Infinity })
  })

  it('may have a name, which is looked at elsewhere', () => {
    expect(bulkhead({ concurrent: 3, name: 'narrow' })).toEqual(bulkhead({ concurrent: 3 }))
  })

  it.each([
    [{ concurent: 3 }, 'bulkhead has no option concurent: it takes concurrent, queue, maxWait, name'],
    [{ maxWaitMs: 3 }, 'bulkhead has no option maxWaitMs: it takes concurrent, queue, maxWait, name'],
    [{ concurrent: 0 }, 'concurrent must be a positive whole number, but it is 0'],
    [{}, 'concurrent must be a positive whole number, but it is undefined'],
  ])('of %j are refused with what would be right', (options, message) => {
    expect(() => bulkhead(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message }))
  })

  it('of an option within another one are called by both names, and have no name of their own', () => {
    const after = (options: object): object => settingsOf('hedge.after', options, { floorMs: span(1) }, 'after')
    expect(() => after({ floor: 0 })).toThrow('after.floor must be a duration above 0')
    expect(() => after({ name: 'x' })).toThrow('hedge.after has no option name: it takes floor')
  })
})

describe('a check', () => {
  it.each([
    ['a number from to', between(2, 1, 10), 3],
    ['a finite number above 0', positive(1), 0.5],
    ['a fraction', fraction(), 0.99],
    ['a limit that may be none', limit('1s'), Infinity],
    ['one of a few words', oneOf('full', 'none'), 'none'],
    ['a flag', flag(true), false],
    ['a function', callback(), expect],
    ['nothing in particular', anything(), null],
  ])('for %s lets it through', (_, check, given) => {
    expect(check('option', given)).toBe(given)
  })

  it.each([
    [between(2, 1, 10), 2],
    [positive(1), 1],
    [fraction(0.5), 0.5],
    [span('2s'), 2_000],
    [oneOf('full', 'none'), 'full'],
    [flag(false), false],
    [anything('x'), 'x'],
    [callback(), undefined],
    [optional(count()), undefined],
  ])('gives the default where nothing is given (%#)', (check, standard) => {
    expect(check('option', undefined)).toBe(standard)
  })

  it.each([
    [between(2, 1, 10), 11],
    [positive(1), Infinity],
    [fraction(), 1],
    [fraction(), '0.5'],
    [span(), 0],
    [limit('1s'), 0],
    [oneOf('full', 'none'), 'ful'],
    [flag(false), 'no'],
    [callback(), 'x'],
    [optional(count()), 0],
  ])('refuses what is wrong by name (%#)', (check, given) => {
    expect(() => check('option', given)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
