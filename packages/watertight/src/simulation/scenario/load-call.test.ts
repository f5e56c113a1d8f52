import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idOf, routeNumberOf } from '../model/call-id.ts'
import { LoadCall, nthOf, repeated } from './load-call.ts'

const numbers = [
  fc.integer({ min: 1, max: 1_023 }),
  fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  fc.integer({ min: 0, max: 2_000 }),
] as const

describe('the call of a load', () => {
  it('tells its route and its number from its id, also when it is repeated', () => {
    fc.assert(
      fc.property(...numbers, (route, nth, times) => {
        const call = repeated(new LoadCall(idOf(route, nth), 7, undefined), times)
        expect([routeNumberOf(call.id), nthOf(call), call.dueAt]).toEqual([route, nth, 7])
        expect(Number.isSafeInteger(call.id)).toBe(true)
      }),
    )
  })

  it('has draws of its own when it is repeated', () => {
    const call = new LoadCall(idOf(1, 1), 0, 500)
    expect(repeated(call, 1).id).not.toBe(call.id)
    expect(repeated(call, 0)).toEqual(call)
  })

  it('is nothing that a pipeline would refuse', () => {
    expect(Object.keys(new LoadCall(1, 2, 3))).toEqual(['id', 'deadline'])
  })

  it('of a call that belongs to no route names none', () => {
    expect(routeNumberOf(17)).toBe(0)
  })
})
