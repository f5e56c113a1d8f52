import { pipeline, retry, timeout } from 'watertight'
import { constant, expectation, poisson, scenario } from 'watertight/simulation'

interface Options {
  readonly attempts: number
  readonly pool: number
}

const well: Options = { attempts: 1, pool: 10 }
const badly: Options = { attempts: 4, pool: 1 }

/** A day of ten seconds that fits into a test: contained with a pool that is large enough, and not with one of 1. */
export const smallDay = scenario('small day', { options: well, control: badly }, (sim, { attempts, pool }) => {
  const mail = sim.service('mail', { instances: 1, pool, serviceTime: constant('50ms') })
  const mailing = sim.pipeline(pipeline('mail', retry({ attempts }), timeout('300ms')))
  sim.load('letter', { rate: poisson({ rate: 40 }) }, (call) => mailing.run((scope) => mail.request(scope), call))
  sim.phase('middle', '2s', '8s')
  return sim.until('10s').expect(
    expectation('all letters are sent', ({ routes }) => {
      const { succeeded = 0, offered = 0 } = routes['letter']?.totals ?? {}
      return {
        held: succeeded >= offered * 0.98,
        seen: `${succeeded} of ${offered}`,
        limit: 'at least 98%',
        why: 'letters that are not sent are lost',
      }
    }),
  )
})
