import { describe, expect, it } from 'vitest'
import type { ChannelOptions, MessageReceiver } from './channel.ts'
import { Channel } from './channel.ts'
import { huntBench } from './hunt-bench.fixture.ts'

async function sent(
  faults: readonly string[],
  receive: MessageReceiver<number>,
  options?: ChannelOptions,
): Promise<Channel<number>> {
  const { world, hunt } = huntBench(faults)
  const channel = new Channel('mail', hunt, receive, options)
  for (const message of [1, 2, 3]) channel.send(message)
  await world.runUntil(120_000)
  return channel
}

describe('a channel', () => {
  it('delivers every message once when nothing goes wrong', async () => {
    const got: number[] = []
    const channel = await sent([], async (message) => got.push(message) > 0)
    expect(got.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
    expect(channel.underWay).toBe(0)
  })

  it('delivers a message twice, and the others once', async () => {
    const got: number[] = []
    await sent(['mail#1:duplicated'], async (message) => got.push(message) > 0)
    expect(got.toSorted((a, b) => a - b)).toEqual([1, 2, 2, 3])
  })

  it('delivers a slow message behind those that were sent after it', async () => {
    const got: number[] = []
    await sent(['mail#0:slow'], async (message) => got.push(message) > 0)
    expect(got.at(-1)).toBe(1)
  })

  it.each([
    [true, [1, 2, 3]],
    [false, [2, 3]],
  ])('loses what is lost only when it does not redeliver (%s)', async (redelivers, expected) => {
    const got: number[] = []
    await sent(['mail#0:requestLost'], async (message) => got.push(message) > 0, { redelivers })
    expect(got.toSorted((a, b) => a - b)).toEqual(expected)
  })

  it('delivers again what was not taken, what failed, and what its receiver died of', async () => {
    const times = new Map<number, number>()
    const channel = await sent([], async (message) => {
      const time = (times.get(message) ?? 0) + 1
      times.set(message, time)
      if (time > 1) return true
      if (message === 1) return false
      if (message === 2) throw new Error('broken')
      return await new Promise(() => {})
    })
    expect([...times.values()]).toEqual([2, 2, 2])
    expect(channel.underWay).toBe(0)
  })
})
