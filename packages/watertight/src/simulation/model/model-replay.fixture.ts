import { pipeline } from '../../resilience/pipeline.ts'
import { retry } from '../../resilience/retry/retry.ts'
import { timeout } from '../../resilience/timeout/timeout.ts'
import { World } from '../kernel/world.ts'
import { constant, exponential, lognormal, mixture, normal, pareto, uniform } from './laws.ts'
import { flashCrowd } from './load-shapes.ts'
import { Network } from './network.ts'
import { ServiceModel } from './service-model.ts'

/** A run with all laws and models in it, for the same in another process or under another Node: prints its hash. */
const world = new World({ seed: 'replay' })
const network = new Network(world, { delay: normal({ mean: 2, sd: 1 }), loss: 0.01, duplication: 0.01 })
const database = new ServiceModel(world, 'database', {
  pool: 4,
  serviceTime: mixture([
    { weight: 9, law: lognormal({ mean: 5, cv: 1 }) },
    { weight: 1, law: pareto({ mean: 20, shape: 2 }) },
  ]),
})
const orders = new ServiceModel(world, 'orders', {
  instances: 3,
  pool: 8,
  serviceTime: exponential({ mean: 10 }),
  handler: (scope) => network.request('orders', 'database', scope, (there) => database.request(there)),
  memoryLimit: 300,
  slowdown: { above: 0.5, by: 3 },
  restart: '2s',
  warmUp: '2s',
  balancing: 'two-choices',
})
const calls = pipeline('calls', retry({ attempts: 3 }), timeout('200ms')).on(world)
const load = flashCrowd({ base: 100, peak: 2_000, at: '2s', rise: '1s', hold: '1s', halfLife: '1s' })
const laws = [constant(1), uniform({ from: 1, to: 2 }), exponential({ mean: 1 }), lognormal({ mean: 1, cv: 2 })]

const arrive = (id: number): void => {
  const at = load.next(world.now(), () => world.random('arrivals', id)) ?? Infinity
  world.schedule(at, () => {
    arrive(id + 1)
    void calls
      .outcome((scope) => orders.request(scope), { id })
      .then((outcome) =>
        world.trace('answer', id, outcome.kind, ...laws.map((law) => law.sample(() => world.random('law')))),
      )
  })
}
arrive(0)
await world.runUntil(10_000)
orders.check()
database.check()
const { served, crashes } = orders.counters
process.stdout.write(`${world.traceHash} ${world.eventCount} ${served} ${crashes.length}\n`)
