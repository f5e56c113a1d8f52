import { describe, expect, it } from 'vitest'
import {
  refuseUnknown,
  requireBetween,
  requireInteger,
  requireOneOf,
  requirePositive,
  requirePositiveInteger,
  requireText,
} from './option.ts'

describe('options that are right', () => {
  it('are handed back', () => {
    expect(requirePositiveInteger('size', 3)).toBe(3)
    expect(requireInteger('offset', -3)).toBe(-3)
    expect(requireInteger('level', 0, 0, 5)).toBe(0)
    expect(requireBetween('failureRate', 1, 0, 1)).toBe(1)
    expect(requirePositive('ratio', 0.1)).toBe(0.1)
    expect(requireOneOf('jitter', 'full', ['none', 'full'])).toBe('full')
    expect(requireText('name', 'payments')).toBe('payments')
    expect(refuseUnknown('retry', { attempts: 3 }, ['attempts', 'backoff'])).toBeUndefined()
  })
})

describe('options that are wrong', () => {
  it.each([
    [() => requirePositiveInteger('size', 0), 'size must be a positive whole number, but it is 0'],
    [() => requirePositiveInteger('size', 1.5), 'size must be a positive whole number, but it is 1.5'],
    [() => requirePositiveInteger('size', Number.NaN), 'size must be a positive whole number, but it is NaN'],
    [() => requirePositiveInteger('size', Infinity), 'size must be a positive whole number, but it is Infinity'],
    [() => requireInteger('level', 6, 0, 5), 'level must be a whole number from 0 to 5, but it is 6'],
    [() => requireInteger('level', -1, 0), 'level must be a whole number of at least 0, but it is -1'],
    [() => requireInteger('level', 1.5), 'level must be a whole number, but it is 1.5'],
    [() => requireBetween('failureRate', 1.1, 0, 1), 'failureRate must be a number from 0 to 1, but it is 1.1'],
    [() => requireBetween('failureRate', Number.NaN, 0, 1), 'failureRate must be a number from 0 to 1, but it is NaN'],
    [() => requirePositive('ratio', Infinity), 'ratio must be a finite number above 0, but it is Infinity'],
    [
      () => requireOneOf<string>('jitter', 'ful', ['none', 'full']),
      "jitter must be one of 'none', 'full', but it is 'ful'",
    ],
    [() => requireText('name', ''), "name must be a string that is not empty, but it is ''"],
    [
      () => refuseUnknown('retry', { atempts: 3 }, ['attempts', 'backoff']),
      'retry has no option atempts: it takes attempts, backoff',
    ],
    [() => refuseUnknown('nothing', { a: 1 }, []), 'nothing has no option a: it takes none'],
    [
      () => refuseUnknown('retry', JSON.parse('3'), ['attempts', 'backoff']),
      'what retry is given must be an object with some of attempts, backoff, but it is 3',
    ],
    [
      () => refuseUnknown('store', JSON.parse('"orders.db"'), ['file']),
      "what store is given must be an object with some of file, but it is 'orders.db'",
    ],
    [() => refuseUnknown('nothing', ['a'], []), 'what nothing is given must be an object, but it is an array'],
    [() => refuseUnknown('nothing', JSON.parse('null'), []), 'what nothing is given must be an object, but it is null'],
  ])('are refused with the name, the value and what would be right (%#)', (check, message) => {
    expect(check).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message }))
  })
})
