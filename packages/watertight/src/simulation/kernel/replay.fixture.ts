import { setTimeout as sleep } from 'node:timers/promises'
import { World } from './world.ts'

/** A run that uses a little of everything, for the same in another process or under another Node: prints its hash. */
const world = new World({ seed: 'replay', guard: 'virtual', shuffle: process.argv.includes('shuffle') })

async function client(me: number): Promise<void> {
  for (let round = 0; round < 50; round++) {
    await sleep(world.random('pause', me, round) * 20)
    if (round % 7 === 0) await new Promise<void>((resolve) => world.turn(resolve))
    await new Promise<void>((resolve) => world.schedule(world.now() + world.random('work', me, round), resolve))
    world.trace('client', me, round, world.random('by order'), world.id(), Date.now())
  }
}

world.schedule(0, () => {
  for (let me = 0; me < 20; me++) void client(me)
})
await world.runUntil(10_000)
process.stdout.write(`${world.traceHash} ${world.eventCount}\n`)
