import {
  bulkhead,
  exponential,
  type Pipeline,
  pipeline,
  retry,
  throttling,
  timeout,
} from '../../../resilience/index.ts'
import { refuseUnknown } from '../../../runtime/option.ts'
import type { Scenario } from '../scenario.ts'
import { valentineDay } from './valentine-day.ts'
import { type ValentineOptions, valentineProtected, valentineUnprotected } from './valentine-options.ts'

/** How large the day is. */
export interface ValentineScale {
  /** 1: 15,000 orders a second against four instances of 50 workers; 0.1: a tenth of all that, in some seconds. Default: 0.1. */
  readonly scale?: number
}

const LONGEST_WAIT = '16s'

/**
 * Valentine's Day: orders rise from 1,000 to 15,000 a second within half a minute, stay there for a minute, and fall back; payment
 * can take 2,000. Each of its instances slows down as its memory fills, dies when it is full, takes everything in it along, and
 * comes back cold after half a minute. People who only look around need no payment, but a place in the shop's processes.
 *
 * Without protection the shop never recovers, long after the spike: its retries keep payment down. With a short queue, a budget
 * of retries, deadlines and a throttle it serves what payment can take throughout.
 *
 * @example
 * const { verdict } = await rehearse(valentine({ scale: 0.1 }), { seed: 7 })
 *
 * @throws WatertightError `INVALID_OPTION` unless `scale` is from 0.02 to 10.
 */
export function valentine(options: ValentineScale = {}): Scenario {
  refuseUnknown('valentine', options, ['scale'])
  return valentineDay<ValentineOptions>('valentine', {
    ...options,
    options: valentineProtected,
    control: valentineUnprotected,
    shop: ({ day, places, payments, payment }, scaled) => ({
      day,
      places,
      payment: {
        dropExpired: payment.dropExpired,
        ...(payment.queue !== 'none' && { queue: scaled(payment.queue) }),
      },
      paying: payingPipeline(payments, scaled),
      browsing: pipeline('browsing', timeout('1s')),
    }),
  })
}

function payingPipeline(options: ValentineOptions['payments'], scaled: (whole: number) => number): Pipeline {
  const { deadline, attempts, firstWait, jitter, retryBudget, throttle, throttleWindow, compartment } = options
  return pipeline(
    'paying',
    timeout(deadline),
    ...(compartment === 'none' ? [] : [bulkhead({ concurrent: scaled(compartment) })]),
    retry({
      attempts,
      backoff: exponential({ base: firstWait, max: LONGEST_WAIT, jitter }),
      ...(retryBudget !== 'none' && { budget: { ratio: retryBudget } }),
    }),
    ...(throttle === 'none' ? [] : [throttling({ k: throttle, window: throttleWindow })]),
    timeout(options.attemptTimeout),
  )
}
