import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idOf, isOriginal, onwardId, repeatedId, routeNumberOf } from './call-id.ts'

const route = fc.integer({ min: 0, max: 1_023 })
const nth = fc.integer({ min: 1, max: 2 ** 31 - 1 })
const times = fc.integer({ min: 0, max: 2_047 })
const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the id of a call that a service makes for a request', () => {
  it('is of the same route, as deep as it goes, and never of one that chance picks', () => {
    fc.assert(
      fc.property(route, nth, times, fc.array(drawn, { minLength: 1 }), (number, one, again, draws) => {
        const id = draws.reduce((at, draw) => onwardId(at, draw, true), repeatedId(idOf(number, one), again))
        expect(routeNumberOf(id)).toBe(number)
        expect(Number.isSafeInteger(id)).toBe(true)
      }),
    )
  })

  it('is original as long as no retry has set it off', () => {
    fc.assert(
      fc.property(route, nth, times, drawn, drawn, (number, one, again, first, second) => {
        const id = repeatedId(idOf(number, one), again)
        const deeper = onwardId(id, first, true)
        const retried = onwardId(id, first, false)
        expect(
          [id, deeper, retried, onwardId(deeper, second, true), onwardId(retried, second, true)].map(isOriginal),
        ).toEqual([true, true, false, true, false])
      }),
    )
  })

  it('differs with what is drawn', () => {
    expect(onwardId(idOf(1, 1), 0.25, true)).not.toBe(onwardId(idOf(1, 1), 0.25 + 2 ** -40, true))
  })
})
