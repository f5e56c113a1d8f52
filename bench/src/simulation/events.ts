import { World } from 'watertight/simulation'

const CLOCKS = 1_000
const MEAN_MS = 100
const US_PER_S = 1_000_000

/** Events a second that each arm the next one, a thousand at a time, and touch no promise. */
export async function callbackEvents(events: number): Promise<number> {
  const world = new World({ seed: 'bench' })
  let left = events
  const again = (): void => {
    if (left-- > 0) world.scheduleQuiet(world.now() + world.random('pause') * MEAN_MS, again)
  }
  for (let clock = 0; clock < CLOCKS; clock++) again()
  return await rate(world)
}

/** Events a second that each resume a promise through five async frames. */
export async function promiseEvents(events: number): Promise<number> {
  const world = new World({ seed: 'bench' })
  let left = events
  const wait = (): Promise<void> =>
    new Promise((resolve) => world.schedule(world.now() + world.random('pause') * MEAN_MS, resolve))
  const fifth = async (): Promise<void> => await wait()
  const fourth = async (): Promise<void> => await fifth()
  const third = async (): Promise<void> => await fourth()
  const second = async (): Promise<void> => await third()
  const first = async (): Promise<void> => await second()
  const client = async (): Promise<void> => {
    while (left-- > 0) await first()
  }
  for (let clock = 0; clock < CLOCKS; clock++) void client()
  return await rate(world)
}

/** By the time that this thread had the processor: what else the machine does must not count. */
async function rate(world: World): Promise<number> {
  const from = process.threadCpuUsage()
  await world.runUntil(Infinity)
  const { user, system } = process.threadCpuUsage(from)
  return (world.eventCount / (user + system)) * US_PER_S
}
