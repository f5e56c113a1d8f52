import { describe, expect, it } from 'vitest'
import { timerContract } from '../../testing/timer-contract.ts'
import { World } from './world.ts'

timerContract(
  'World',
  () => {
    const world = new World()
    return {
      runtime: world,
      advance: (ms) => world.runUntil(world.now() + ms),
      pending: () => world.pendingTimers,
      reported: () => world.reported,
    }
  },
  { describe, it },
)

describe('World', () => {
  it.each(Array.from({ length: 50 }, (_, i) => i + 1))('drains %i awaits before the next event', async (awaits) => {
    const world = new World()
    const log: string[] = []
    const manyAwaits = async (): Promise<void> => {
      for (let i = 0; i < awaits; i++) await Promise.resolve()
    }
    world.schedule(10, () => void manyAwaits().then(() => log.push(`continued at ${world.now()}`)))
    world.schedule(10, () => log.push('next event'))
    await world.runUntil(10)
    expect(log).toEqual(['continued at 10', 'next event'])
  })
})
