import { readFileSync } from 'node:fs'
import { contained, lognormal, poisson, replayCsv, scenario } from 'watertight/simulation'
import { type PaymentOptions, paymentsPipeline } from './payments.ts'

const traffic = readFileSync(new URL('traffic.csv', import.meta.url), 'utf8')

/** What runs in production today. */
const today: PaymentOptions = { attempts: 4, budget: 1, timeout: '5s', concurrent: 2_000, queue: 0 }

export const checkoutDay = scenario('checkout day', { options: today }, (sim, options) => {
  const provider = sim.service('provider', {
    instances: 2,
    pool: 10,
    serviceTime: lognormal({ mean: '200ms', cv: 1 }), // 2 x 10 / 0.2 s: 100 a second, and no more
    memoryLimit: 500,
    restart: '10s',
  })
  const payments = sim.pipeline(paymentsPipeline(options))
  sim.load('checkout', { rate: replayCsv(traffic, { scale: 1.5 }) }, (call) =>
    payments.run((scope) => provider.request(scope), call),
  )
  sim.load('browse', { rate: poisson({ rate: 20 }) }, async () => undefined) // needs no provider: it must not notice
  sim.phase('before', '0s', '30s')
  sim.phase('spike', '30s', '70s')
  return sim.until('120s').expect(
    contained({
      route: 'checkout',
      before: 'before',
      during: 'spike',
      capacity: 100,
      deadline: '4s',
      recoverWithin: '10s',
      recoverFor: '30s',
      controlFails: false,
    }),
  )
})
