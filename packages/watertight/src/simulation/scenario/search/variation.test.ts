import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { neighboursOf, readVariation, shareOf, valueAt, valuesOf } from './variation.ts'

describe('readVariation', () => {
  it.each([
    ['retry.attempts=0..5', { path: 'retry.attempts', from: 0, to: 5, of: 'integer' }],
    ['retry.budget=0.01..0.5', { path: 'retry.budget', from: 0.01, to: 0.5, of: 'real' }],
    ['k=1.0..2', { path: 'k', from: 1, to: 2, of: 'real' }],
    ['timeout=50ms..2s', { path: 'timeout', from: 50, to: 2_000, of: 'duration' }],
    ['queue=0,10,100', { path: 'queue', choices: [0, 10, 100] }],
    ['throttle=off,1.5,true,null', { path: 'throttle', choices: ['off', 1.5, true, null] }],
    ['wait=100ms,1s', { path: 'wait', choices: ['100ms', '1s'] }],
    ['mode=on', { path: 'mode', choices: ['on'] }],
  ])('reads %s', (text, variation) => {
    expect(readVariation(text)).toEqual(variation)
  })

  it.each([
    ['retry.attempts', /PATH=FROM\.\.TO or PATH=A,B,C/],
    ['=1', /PATH=FROM/],
    ['a=', /PATH=FROM/],
    ['a=5..0', /vary a must be a range that begins below its end/],
    ['a=1..1s', /vary a: 1\.\.1s must be two numbers or two durations/],
    ['a=x..y', /two numbers or two durations/],
  ])('refuses %s and says what would be right', (text, message) => {
    expect(() => readVariation(text)).toThrow(message)
  })
})

describe('the values of a variation', () => {
  it('are all there are, where there are few', () => {
    expect(valuesOf(readVariation('a=0..5'), 10)).toEqual([0, 1, 2, 3, 4, 5])
    expect(valuesOf(readVariation('a=x,y'), 1)).toEqual(['x', 'y'])
  })

  it('reach from end to end of a range', () => {
    expect(valuesOf(readVariation('a=0..400'), 5)).toEqual([0, 100, 200, 300, 400])
    expect(valuesOf(readVariation('a=0.5..1.5'), 3)).toEqual([0.5, 1, 1.5])
  })

  it('go by factors over a wide range', () => {
    expect(valuesOf(readVariation('a=10ms..1s'), 3)).toEqual(['10ms', '100ms', '1000ms'])
  })

  it('have neighbours', () => {
    expect(neighboursOf(readVariation('a=0..5'), 3, 0.01)).toEqual([2, 4])
    expect(neighboursOf(readVariation('a=0..400'), 100, 0.1)).toEqual([60, 140])
    expect(neighboursOf(readVariation('a=off,1,2'), 'off', 0.1)).toEqual([1])
    expect(neighboursOf(readVariation('a=off,1,2'), 1, 0.1)).toEqual(['off', 2])
    expect(neighboursOf(readVariation('a=0..5'), 0, 0.2)).toEqual([1])
  })

  it('have neighbours also when the present value is outside', () => {
    expect(neighboursOf(readVariation('a=100ms..1s'), '30s', 0.1)).toEqual(['100ms', '316ms', '1000ms'])
  })

  it('stand where valueAt puts them', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        const range = readVariation('a=20ms..30s')
        expect(Math.abs((shareOf(range, valueAt(range, share)) as number) - share)).toBeLessThan(0.002)
      }),
    )
  })
})
