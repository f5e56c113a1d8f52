import { describe, expect, it } from 'vitest'
import { World } from '../kernel/world.ts'
import type { Law } from './law.ts'
import { constant, exponential, lognormal } from './laws.ts'
import { poisson } from './load-shapes.ts'
import { directScope } from './request-scope.ts'
import { ServiceModel } from './service-model.ts'

interface Queue {
  readonly servers: number
  /** Share of the servers that is busy in the mean. */
  readonly load: number
  readonly law: Law
  readonly waitingRoom?: number
}

interface Seen {
  /** Mean time from arrival to answer, in service times. */
  readonly stay: number
  /** Share of requests that had to wait, and that were turned away. */
  readonly waited: number
  readonly refused: number
}

const SEEDS = 8
const REQUESTS = 9_000
/** Until the queue is what it is in the long run. */
const WARM_UP = 1_000

/** A textbook queue, seen by Poisson arrivals. */
async function run({ servers, load, law, waitingRoom = Infinity }: Queue, seed: number): Promise<Seen> {
  const world = new World({ seed, trace: 'off' })
  const service = new ServiceModel(world, 'queue', { pool: servers, serviceTime: law, queue: waitingRoom })
  const arrivals = poisson({ rate: (1_000 * load * servers) / law.mean })
  let [stay, answered, waited] = [0, 0, 0]
  const arrive = (id: number): void => {
    if (id === REQUESTS) return
    const at = arrivals.next(world.now(), () => world.random('arrivals', id)) as number
    world.schedule(at, () => {
      arrive(id + 1)
      const counts = id >= WARM_UP
      if (counts && service.gauges.inFlight === servers) waited++
      service.request(directScope(world, { id })).then(
        () => {
          if (!counts) return
          stay += world.now() - at
          answered++
        },
        () => {},
      )
    })
  }
  arrive(0)
  await world.runUntil(Infinity)
  const counted = REQUESTS - WARM_UP
  return { stay: stay / answered / law.mean, waited: waited / counted, refused: 1 - answered / counted }
}

/** The mean of several runs, and three standard errors of it. */
async function mean(queue: Queue, what: keyof Seen): Promise<{ value: number; error: number }> {
  const values: number[] = []
  for (let seed = 1; seed <= SEEDS; seed++) values.push((await run(queue, seed))[what])
  const value = values.reduce((sum, one) => sum + one, 0) / SEEDS
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (SEEDS - 1)
  return { value, error: 3 * Math.sqrt(variance / SEEDS) }
}

const mm = (servers: number, load: number): Queue => ({ servers, load, law: exponential({ mean: 10 }) })

describe('a queue has the known answers of the textbooks', () => {
  it.each<readonly [string, Queue, keyof Seen, number]>([
    ['M/M/1 at 0.8 stays 5', mm(1, 0.8), 'stay', 5],
    ['M/D/1 at 0.8 stays 3', { servers: 1, load: 0.8, law: constant(10) }, 'stay', 3],
    ['Erlang C of 10 at 0.8', mm(10, 0.8), 'waited', 0.40918],
    ['Erlang C of 50 at 0.9', mm(50, 0.9), 'waited', 0.36386],
    ['Erlang B of 10 at 0.8', { ...mm(10, 0.8), waitingRoom: 0 }, 'refused', 0.12166],
    ['Erlang B of 50 at 1', { ...mm(50, 1), waitingRoom: 0 }, 'refused', 0.10479],
    [
      'Erlang B does not depend on the law of service',
      { servers: 10, load: 0.8, law: lognormal({ mean: 10, cv: 1.5 }), waitingRoom: 0 },
      'refused',
      0.12166,
    ],
  ])('%s', async (_, queue, what, known) => {
    const { value, error } = await mean(queue, what)
    expect(Math.abs(value - known)).toBeLessThan(Math.max(error, 0.03 * known))
  })
})
