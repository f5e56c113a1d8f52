import type { Figure, Suite } from '../suite.ts'
import { callbackEvents, promiseEvents } from './events.ts'
import { valentineDay } from './valentine-day.ts'

const ROUNDS = 5
const EVENTS = 1_000_000

/** How fast virtual time passes: the best of several rounds, because whatever else the machine does only slows it down. */
export const simulationSuite: Suite = {
  name: 'simulation',
  async run(progress) {
    const best = async (name: string, measure: (events: number) => Promise<number>): Promise<number> => {
      let most = 0
      for (let round = 1; round <= ROUNDS; round++) {
        progress(`round ${round} of ${ROUNDS}: ${name}`)
        most = Math.max(most, await measure(EVENTS))
      }
      return most
    }
    const figures: Figure[] = []
    const perSecond = (name: string, value: number, atLeast: number): void => {
      figures.push({ name, value, unit: '1/s', goal: { atLeast } })
    }
    perSecond('callback_events_per_s', await best('callback events', callbackEvents), 1_000_000)
    perSecond('promise_events_per_s', await best('promise events', promiseEvents), 400_000)
    progress("Valentine's Day at a tenth of its scale")
    figures.push({ name: 'valentine_tenth_scale_s', value: await valentineDay(), unit: 's', goal: { atMost: 20 } })
    return figures
  },
}
