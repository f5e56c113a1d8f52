import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMilliseconds, type Duration } from './duration.ts'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

describe('toMilliseconds', () => {
  it.each<[Duration, number]>([
    [0, 0],
    [2.5, 2.5],
    ['250ms', 250],
    ['1.5s', 1_500],
    ['1.005s', 1_005],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1e3ms', 1_000],
    ['1e-7s', 0.0001],
  ])('reads %s as %s', (duration, milliseconds) => {
    expect(toMilliseconds('timeout', duration)).toBe(milliseconds)
  })

  it('reads back every whole number of every unit that is written as a text', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h', 'd'), (count, unit) => {
        expect(toMilliseconds('timeout', `${count}${unit}`)).toBe(count * UNITS[unit])
      }),
    )
  })

  it('reads back every number of milliseconds that is written as a text', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (milliseconds) => {
        expect(toMilliseconds('timeout', `${milliseconds}ms`)).toBe(milliseconds === 0 ? 0 : milliseconds)
      }),
    )
  })

  it.each([
    -1,
    Number.NaN,
    Infinity,
    -Infinity,
    '-5s',
    '5 s',
    ' 5s',
    '5',
    's',
    '',
    '5sec',
    '.5s',
    'NaNms',
    'Infinitys',
    '1e999d',
  ])('refuses %s with the name, the value and what would be right', (value) => {
    expect(() => Reflect.apply(toMilliseconds, undefined, ['openFor', value])).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(/^openFor must be a duration of 0 or more: .*'250ms'.*, but it is /),
      }),
    )
  })

  it.each([undefined, null, {}, [], true, 5n])('refuses %s, which is no duration at all', (value) => {
    expect(() => Reflect.apply(toMilliseconds, undefined, ['openFor', value])).toThrow(/openFor must be a duration/)
  })

  it('takes Infinity as a number where "never" is allowed', () => {
    expect(toMilliseconds('maxAge', Infinity, { infinite: true })).toBe(Infinity)
    expect(() => toMilliseconds('maxAge', -Infinity, { infinite: true })).toThrow(/or Infinity, but it is -Infinity/)
  })

  it('refuses 0 where it makes no sense', () => {
    expect(() => toMilliseconds('window', '0s', { positive: true })).toThrow(/window must be a duration above 0/)
    expect(toMilliseconds('window', '1ms', { positive: true })).toBe(1)
  })
})
