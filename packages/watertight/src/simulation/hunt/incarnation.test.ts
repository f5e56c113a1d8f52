import { describe, expect, it } from 'vitest'
import { World } from '../kernel/world.ts'
import { Incarnation } from './incarnation.ts'

function born(clock?: ConstructorParameters<typeof Incarnation>[3]): { world: World; life: Incarnation } {
  const world = new World({ seed: 1 })
  return { world, life: new Incarnation('p', world, () => {}, clock) }
}

describe('one life of a process', () => {
  it('runs nothing any more when it is dead: no timer, no turn, no answer', async () => {
    const { world, life } = born()
    const ran: string[] = []
    life.timer(10, () => ran.push('timer'), true)
    life.turn(() => ran.push('turn'))
    void life.answer<string>((resolve) => world.schedule(20, () => resolve('answer'))).then((text) => ran.push(text))
    life.die()
    await world.runUntil(100)
    expect(ran).toEqual([])
  })

  it('asks nothing any more when it is dead', async () => {
    const { world, life } = born()
    let asked = 0
    life.die()
    void life.answer(() => asked++)
    await world.runUntil(10)
    expect(asked).toBe(0)
  })

  it('finds all that came while it stood still when it wakes: each timer once, in order, and late', async () => {
    const { world, life } = born()
    const ran: string[] = []
    const note = (what: string) => () => ran.push(`${what} at ${life.now()}`)
    life.timer(10, note('first'), true)
    life.timer(20, note('second'), true)
    life.pause()
    world.schedule(50, () => life.resume())
    await world.runUntil(100)
    expect(ran).toEqual(['first at 50', 'second at 50'])
  })

  it('does everything that one held-up thing sets off before the next', async () => {
    const { world, life } = born()
    const ran: string[] = []
    for (const name of ['a', 'b'])
      life.timer(1, () => void Promise.resolve().then(() => ran.push(name, `${name} went on`)), true)
    life.pause()
    world.schedule(5, () => life.resume())
    await world.runUntil(10)
    expect(ran).toEqual(['a', 'a went on', 'b', 'b went on'])
  })

  it('sends a request that it decided on before it stood still when it wakes', async () => {
    const { world, life } = born()
    const sent: number[] = []
    life.pause()
    void life.answer<void>(() => sent.push(world.now()))
    world.schedule(30, () => life.resume())
    await world.runUntil(40)
    expect(sent).toEqual([30])
  })

  it('takes a held-up answer to the grave when it dies before it wakes', async () => {
    const { world, life } = born()
    let ran = false
    life.pause()
    life.deliver(() => {
      ran = true
    })
    life.die()
    life.resume()
    await world.runUntil(10)
    expect(ran).toBe(false)
  })

  it('has clocks of its own: the wall clock wrong, the other from its birth and at its own rate, never early', async () => {
    const { world, life } = born({ aheadMs: 5_000, rate: 1.1 })
    expect(life.wallTime()).toBe(world.wallTime() + 5_000)
    const fired: number[] = []
    life.timer(110, () => fired.push(life.now()), true)
    await world.runUntil(200)
    expect(fired[0]).toBeGreaterThanOrEqual(110)
    life.stepWallTime(-6_000)
    expect(life.wallTime()).toBe(world.wallTime() - 1_000)
  })

  it('tells when it dies', () => {
    const { life } = born()
    let told = 0
    life.onDeath(() => told++)
    life.die()
    life.die()
    expect(told).toBe(1)
  })
})
