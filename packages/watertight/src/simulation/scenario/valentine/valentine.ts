import {
  bulkhead,
  exponential,
  type Pipeline,
  pipeline,
  retry,
  throttling,
  timeout,
} from '../../../resilience/index.ts'
import { toMilliseconds } from '../../../runtime/duration.ts'
import { refuseUnknown, requireBetween } from '../../../runtime/option.ts'
import { lognormal } from '../../model/laws.ts'
import { poisson, ramp } from '../../model/load-shapes.ts'
import { type Scenario, scenario } from '../scenario.ts'
import { contained } from '../verdict/contained.ts'
import { type ValentineOptions, valentineProtected, valentineUnprotected } from './valentine-options.ts'

/** How large the day is. */
export interface ValentineScale {
  /** 1: 15,000 orders a second against four instances of 50 workers; 0.1: a tenth of all that, in some seconds. Default: 0.1. */
  readonly scale?: number
}

const INSTANCES = 4
const POOL = 50
const SERVICE_MS = 100
const MEMORY_LIMIT = 16_000
const USUAL_RATE = 1_000
const RISE_AT_MS = 60_000
const RISE_MS = 30_000
const UNTIL_MS = 600_000
/** A worker for each instance. */
const LEAST_SCALE = 1 / POOL
const LONGEST_WAIT = '16s'
const MS_PER_SECOND = 1_000

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
  const scale = requireBetween('scale', options.scale ?? 0.1, LEAST_SCALE, 10)
  const scaled = (whole: number): number => Math.max(1, Math.round(whole * scale))
  const given = { options: valentineProtected, control: valentineUnprotected }

  return scenario<ValentineOptions>('valentine', given, (sim, { day, places, payments, payment }) => {
    const desk = sim.service('payment', {
      instances: INSTANCES,
      pool: scaled(POOL),
      serviceTime: lognormal({ mean: SERVICE_MS, cv: 1 }),
      memoryLimit: scaled(MEMORY_LIMIT),
      slowdown: { above: 0.6, by: 3 },
      restart: '30s',
      warmUp: { for: '30s', speed: 0.5 },
      refusal: '1ms',
      dropExpired: payment.dropExpired,
      ...(payment.queue !== 'none' && { queue: scaled(payment.queue) }),
    })
    const shopWindow = sim.service('shop window', { pool: scaled(POOL), serviceTime: lognormal({ mean: 5, cv: 0.5 }) })

    // All requests of the shop, waiting or not, are held by the same processes.
    const shop = sim.pipeline(pipeline('shop', bulkhead({ concurrent: scaled(places) })))
    const paying = sim.pipeline(payingPipeline(payments, scaled))
    const browsing = sim.pipeline(pipeline('browsing', timeout('1s')))

    const topMs = toMilliseconds('day.hold', day.hold)
    const [risen, falling] = [RISE_AT_MS + RISE_MS, RISE_AT_MS + RISE_MS + topMs]
    const over = falling + RISE_MS
    const [usual, peak] = [USUAL_RATE * scale, day.peak * scale]
    const orders = ramp({ from: usual, to: peak, at: RISE_AT_MS, over: RISE_MS, hold: topMs })
    sim.load('order', { rate: orders }, (call) =>
      shop.run(() => paying.run((scope) => desk.request(scope), call), call),
    )
    sim.load('browse', { rate: poisson({ rate: usual }) }, (call) =>
      shop.run(() => browsing.run((scope) => shopWindow.request(scope), call), call),
    )
    sim.phase('before', 0, RISE_AT_MS)
    sim.phase('spike', RISE_AT_MS, over)
    sim.phase('peak', risen, Math.max(falling, risen + MS_PER_SECOND))
    sim.phase('after', over, UNTIL_MS)
    return sim.until(UNTIL_MS).expect(
      contained({
        route: 'order',
        before: 'before',
        during: 'spike',
        peak: 'peak',
        capacity: (INSTANCES * scaled(POOL) * MS_PER_SECOND) / SERVICE_MS,
        deadline: '2s',
      }),
    )
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
