import { fixed, pipeline, retry, timeout } from 'watertight'
import { lognormal, poisson, rehearse, scenario } from 'watertight/simulation'

const twoLayers = scenario('two layers', { options: { attempts: 3 } }, (sim, { attempts }) => {
  const trying = (name: string) =>
    sim.pipeline(pipeline(name, retry({ attempts, backoff: fixed('50ms') }), timeout('1s')))
  const [toStock, toDatabase] = [trying('stock'), trying('database')]

  const serviceTime = lognormal({ mean: '20ms', cv: 1 })
  const database = sim.service('database', { pool: 20, serviceTime })
  const stock = sim.service('stock', {
    pool: 100,
    serviceTime,
    handler: ({ call, deadline, signal }) =>
      toDatabase.run((scope) => database.request(scope), { id: call.id, deadline, signal }),
  })
  sim.load('basket', { rate: poisson({ rate: 100 }), within: '3s' }, (call) =>
    toStock.run((scope) => stock.request(scope), call),
  )
  sim.fault('the database fails', {
    target: 'database',
    at: '10s',
    until: '20s',
    begin: () => database.failing(1),
    heal: () => database.failing(0),
  })
  return sim.until('30s')
})

const { routes } = await rehearse(twoLayers)
const { offered = [], attempts = [] } = routes['basket'] ?? {}
const times = (second: number): number => Math.round((attempts[second] ?? 0) / (offered[second] ?? 1))
process.stdout.write(`attempts for each request: ${times(5)} on a good day, ${times(15)} while the database fails\n`)
