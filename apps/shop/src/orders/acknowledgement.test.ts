import { VirtualRuntime } from 'watertight/testing'
import { describe, expect, it } from 'vitest'
import { acknowledge, acknowledgementOf } from './acknowledgement.ts'
import type { CheckoutHandle } from './checkout.ts'

const unsettled = new Promise<never>(() => {})
const view = { id: '1', customerId: null, totalMinor: 5, placedAt: '2011-12-09T12:50:00Z', at: 0 }

function checkout(reached: Awaited<ReturnType<CheckoutHandle['reached']>>, done: CheckoutHandle['done'] = unsettled) {
  return { reached: () => Promise.resolve(reached), done } as CheckoutHandle
}

describe('acknowledge', () => {
  const runtime = new VirtualRuntime()
  const options = { runtime, within: '300ms', hopeless: () => false } as const

  it('says paid when the charge is recorded', async () => {
    const paid = checkout({ status: 'done', result: { charged: true } })
    await expect(acknowledge(paid, options)).resolves.toEqual({ status: 'paid' })
  })

  it('says pending when the time is up', async () => {
    await expect(acknowledge(checkout({ status: 'waiting' }), options)).resolves.toEqual({ status: 'pending' })
  })

  it('does not wait at all when that would be pointless', async () => {
    const never = { reached: () => unsettled, done: unsettled }
    await expect(acknowledge(never, { ...options, hopeless: () => true })).resolves.toEqual({ status: 'pending' })
  })

  it('says pending when what was refused is still being taken back after the time', async () => {
    const told = acknowledge(checkout({ status: 'notDone' }), options)
    await runtime.advance(300)
    await expect(told).resolves.toEqual({ status: 'pending' })
  })

  it('says pending when the database fails meanwhile: the order was stored before', async () => {
    const failing = { reached: () => Promise.reject(new Error('locked')), done: unsettled }
    await expect(acknowledge(failing, options)).resolves.toEqual({ status: 'pending' })
  })

  it('says pending when the service stops meanwhile: the order is stored', async () => {
    const closed = checkout({ status: 'notDone' }, Promise.reject(new Error('closed')))
    await expect(acknowledge(closed, options)).resolves.toEqual({ status: 'pending' })
  })
})

describe('acknowledgementOf', () => {
  it.each([
    ['placed', { status: 'pending' }],
    ['parked', { status: 'pending' }],
    ['paid', { status: 'paid' }],
    ['completed', { status: 'paid' }],
    ['cancelled', { status: 'rejected', reason: 'DECLINED' }],
  ] as const)('tells of an order that is %s', (status, told) => {
    expect(acknowledgementOf({ ...view, status, reason: 'DECLINED' })).toEqual(told)
  })
})
