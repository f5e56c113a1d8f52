import { World } from './world.ts'

/** A simulation in which nobody handles a rejection: prints what became of the run. */
const world = new World()
world.schedule(1, () => void Promise.reject(new Error('nobody handles this')))
let later = false
world.schedule(2, () => (later = true))
const outcome = await world.runUntil(10).then(
  () => 'went on',
  (error: unknown) => String(error),
)
process.stdout.write(`${outcome}; later: ${later}; listeners: ${process.listenerCount('unhandledRejection')}\n`)
