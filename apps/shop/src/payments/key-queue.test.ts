import { describe, expect, it } from 'vitest'
import { KeyQueue } from './key-queue.ts'

const settledLater = () => Promise.withResolvers<string>()

describe('KeyQueue', () => {
  it('lets work of the same name join the one under way', async () => {
    const queue = new KeyQueue()
    const first = settledLater()
    let runs = 0
    const work = () => {
      runs++
      return first.promise
    }
    const both = [queue.run('a', 'charge', work), queue.run('a', 'charge', work)]
    first.resolve('charged')
    expect(await Promise.all(both)).toEqual(['charged', 'charged'])
    expect(runs).toBe(1)
  })

  it('lets other work of the same key wait for its turn, also after a failure', async () => {
    const queue = new KeyQueue()
    const first = settledLater()
    const order: string[] = []
    const charge = queue.run('a', 'charge', () => first.promise)
    const refund = queue.run('a', 'refund', async () => {
      order.push('refund')
      return 'refunded'
    })
    expect(order).toEqual([])
    first.reject(new Error('the charge failed'))
    await expect(charge).rejects.toThrow('the charge failed')
    expect(await refund).toBe('refunded')
  })

  it('does not let one key wait for another', async () => {
    const queue = new KeyQueue()
    const hanging = settledLater()
    const hangs = queue.run('a', 'charge', () => hanging.promise)
    expect(await queue.run('b', 'charge', async () => 'charged')).toBe('charged')
    hanging.resolve('late')
    await hangs
  })

  it('forgets a key when its last work is done', async () => {
    const queue = new KeyQueue()
    const failing = queue.run('a', 'charge', () => Promise.reject(new Error('no')))
    const waiting = queue.run('a', 'refund', async () => 'refunded')
    await expect(failing).rejects.toThrow('no')
    await waiting
    await queue.idle()
    expect(queue.size).toBe(0)
  })
})
