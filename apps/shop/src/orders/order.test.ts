import { given } from 'watertight/testing'
import { describe, it } from 'vitest'
import type { RetailOrder } from '../contract/retail-order.ts'
import { orderDecider } from './order.ts'

const { placed, paid, completed, cancelled, parked } = orderDecider.events
const { place, pay, complete, cancel, park } = orderDecider.commands

const order: RetailOrder = {
  id: '536365',
  placedAt: '2011-12-09T12:50:00+00:00',
  customerId: null,
  country: 'EIRE',
  currency: 'GBP',
  lines: [{ sku: 'bowl', description: null, quantity: 2, unitPriceMinor: 125 }],
}
const wasPlaced = placed({ order, totalMinor: 250 })
const wasPaid = paid({ totalMinor: 250 })

describe('an order', () => {
  it('is placed once', () => {
    given(orderDecider)
      .when(place({ order, totalMinor: 250 }))
      .expectEvents(wasPlaced)
    given(orderDecider, wasPlaced)
      .when(place({ order, totalMinor: 250 }))
      .expectRejection('ORDER_EXISTS')
  })

  it('is paid once', () => {
    given(orderDecider, wasPlaced)
      .when(pay({ totalMinor: 250 }))
      .expectEvents(wasPaid)
    given(orderDecider, wasPlaced, wasPaid)
      .when(pay({ totalMinor: 250 }))
      .expectRejection('ORDER_NOT_PAYABLE')
  })

  it('is not paid after it was cancelled', () => {
    given(orderDecider, wasPlaced, cancelled({ reason: 'OUT_OF_STOCK', wasPaid: false }))
      .when(pay({ totalMinor: 250 }))
      .expectRejection('ORDER_NOT_PAYABLE')
  })

  it('remembers whether it had been paid when it ends', () => {
    given(orderDecider, wasPlaced, wasPaid)
      .when(complete({}))
      .expectEvents(completed({ wasPaid: true }))
    given(orderDecider, wasPlaced, wasPaid)
      .when(cancel({ reason: 'WITHDRAWN' }))
      .expectEvents(cancelled({ reason: 'WITHDRAWN', wasPaid: true }))
  })

  it('can still be finished after it was parked', () => {
    given(orderDecider, wasPlaced, parked({ reason: 'odd answer' }))
      .when(pay({ totalMinor: 250 }))
      .expectEvents(wasPaid)
  })

  it('ends once', () => {
    const ended = given(orderDecider, wasPlaced, wasPaid, completed({ wasPaid: true }))
    ended.when(cancel({ reason: 'WITHDRAWN' })).expectRejection('ORDER_ENDED')
    ended.when(complete({})).expectRejection('ORDER_ENDED')
    ended.when(park({ reason: 'odd' })).expectRejection('ORDER_ENDED')
  })
})
