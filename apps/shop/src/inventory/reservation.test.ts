import { given } from 'watertight/testing'
import { describe, it } from 'vitest'
import { reservation } from './reservation.ts'

const { reserved, refused, released } = reservation.events
const { reserve, release } = reservation.commands
const lines = [{ sku: 'bowl', quantity: 2 }]

describe('a reservation', () => {
  it('holds all lines when there is enough of each', () => {
    given(reservation)
      .when(reserve({ lines, available: { bowl: 2 } }))
      .expectEvents(reserved({ lines }))
  })

  it('is refused whole, with what is short', () => {
    const two = [...lines, { sku: 'cup', quantity: 1 }]
    given(reservation)
      .when(reserve({ lines: two, available: { bowl: 2, cup: 0 } }))
      .expectEvents(refused({ skus: ['cup'] }))
  })

  it('does not take a SKU for a property that every object has', () => {
    const odd = [{ sku: 'constructor', quantity: 1 }]
    given(reservation)
      .when(reserve({ lines: odd, available: {} }))
      .expectEvents(refused({ skus: ['constructor'] }))
  })

  it('stays what it is when it is asked for again', () => {
    const again = reserve({ lines, available: { bowl: 9 } })
    given(reservation, reserved({ lines })).when(again).expectNothing()
    given(reservation, refused({ skus: ['bowl'] }))
      .when(again)
      .expectNothing()
  })

  it('gives back what it holds, once', () => {
    given(reservation, reserved({ lines })).when(release({})).expectEvents(released({ lines }))
    given(reservation, reserved({ lines }), released({ lines })).when(release({})).expectNothing()
  })

  it('is closed by a release, also by one that comes first', () => {
    given(reservation)
      .when(release({}))
      .expectEvents(released({ lines: [] }))
    given(reservation, released({ lines: [] }))
      .when(reserve({ lines, available: { bowl: 2 } }))
      .expectRejection('RESERVATION_CLOSED')
  })
})
