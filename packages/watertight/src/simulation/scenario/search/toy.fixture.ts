import { evenly } from '../../model/load-shapes.ts'
import type { Scenario } from '../scenario.ts'
import { scenario } from '../scenario.ts'
import { expectation } from '../verdict/expectation.ts'
import { judgeNumber } from '../verdict/expectation.ts'

export interface ToyOptions {
  readonly queue: number
  readonly mode: 'good' | 'bad'
  /** Changes nothing. */
  readonly paint: number
}

export const TOY_START: ToyOptions = { queue: 90, mode: 'bad', paint: 1 }

/** A hundred requests a second that succeed the more often the nearer `queue` is to 30, and only in a good mode often enough. */
export const toy: Scenario = scenario<ToyOptions>('toy', { options: TOY_START, step: '1s' }, (sim, { queue, mode }) => {
  const chance = (mode === 'good' ? 1 : 0.6) - ((queue - 30) / 100) ** 2
  sim.load('ask', { rate: evenly({ rate: 100 }) }, ({ id }) => {
    if (sim.runtime.random('luck', id) >= chance) throw new Error('no luck')
  })
  return sim.until('5s').expect(
    expectation('success', ({ routes }) => {
      const { succeeded = 0, offered = 0 } = routes['ask']?.totals ?? {}
      return { ...judgeNumber(succeeded / offered, { atLeast: 0.95 }, String), why: 'a toy has to work' }
    }),
  )
})
