import { bulkhead, type Pipeline, pipeline } from '../../../resilience/index.ts'
import { type Duration, toMilliseconds } from '../../../runtime/duration.ts'
import { requireBetween } from '../../../runtime/option.ts'
import type { Runtime } from '../../../runtime/runtime.ts'
import { lognormal } from '../../model/laws.ts'
import { poisson, ramp } from '../../model/load-shapes.ts'
import type { ServiceOptions } from '../../model/service-options.ts'
import { repeated } from '../load-call.ts'
import { type Scenario, scenario } from '../scenario.ts'
import { contained } from '../verdict/contained.ts'

/** How a shop meets the day: what differs between two shops, or two configurations of one. */
export interface ValentineShop {
  /** Orders a second at the top, at full scale, and how long they stay there. Default: 15,000 for a minute. */
  readonly day?: { readonly peak: number; readonly hold: Duration }
  /** Requests that all processes of the shop can hold at once, at full scale. Default: 500,000, more than come. */
  readonly places?: number
  /** How it calls payment. */
  readonly paying: Pipeline
  /** What it makes of paying beside that, such as asking again what nobody has answered. Default: it pays once. */
  readonly order?: (pay: () => Promise<unknown>, runtime: Runtime) => Promise<unknown>
  /** How it calls what shows the goods. */
  readonly browsing: Pipeline<unknown>
  /** How payment protects itself. Default: not at all. */
  readonly payment?: Pick<ServiceOptions, 'queue' | 'dropExpired' | 'codel' | 'order'>
}

/** Two configurations of a shop, and how large the day is. */
export interface ValentineDayOptions<Options extends object> {
  /** See {@link valentine}. Default: 0.1. */
  readonly scale?: number
  readonly options: Options
  /** Without protection. */
  readonly control: NoInfer<Options>
  /** Makes the shop. `scaled` brings a number of full scale down to the day's: whole, and at least 1. */
  readonly shop: (options: Options, scaled: (whole: number) => number) => ValentineShop
}

const DAY = { peak: 15_000, hold: '60s' } as const
const INSTANCES = 4
const POOL = 50
const SERVICE_MS = 100
const MEMORY_LIMIT = 16_000
const USUAL_RATE = 1_000
const RISE_AT_MS = 60_000
const RISE_MS = 30_000
const UNTIL_MS = 600_000
const PLACES = 500_000
/** A worker for each instance. */
const LEAST_SCALE = 1 / POOL
const MOST_SCALE = 10
const MS_PER_SECOND = 1_000

/**
 * The day of {@link valentine} for a shop of your own: your pipelines, the same people, the same payment service.
 *
 * @example
 * export const ours = valentineDay('our Valentine', { options: ours, control: yesterday, shop: (options) => ({
 *   paying: paymentsPipeline(options), browsing: cataloguePipeline(options),
 * }) })
 *
 * @throws WatertightError `INVALID_OPTION` unless `scale` is from 0.02 to 10.
 */
export function valentineDay<Options extends object>(name: string, given: ValentineDayOptions<Options>): Scenario {
  const scale = requireBetween('scale', given.scale ?? 0.1, LEAST_SCALE, MOST_SCALE)
  const scaled = (whole: number): number => Math.max(1, Math.round(whole * scale))
  const { options, control } = given

  return scenario<Options>(name, { options, control }, (sim, configuration) => {
    const { day = DAY, places = PLACES, paying, order, browsing, payment } = given.shop(configuration, scaled)
    const desk = sim.service('payment', {
      instances: INSTANCES,
      pool: scaled(POOL),
      serviceTime: lognormal({ mean: SERVICE_MS, cv: 1 }),
      memoryLimit: scaled(MEMORY_LIMIT),
      slowdown: { above: 0.6, by: 3 },
      restart: '30s',
      warmUp: { for: '30s', speed: 0.5 },
      refusal: '1ms',
      ...payment,
    })
    const shopWindow = sim.service('shop window', { pool: scaled(POOL), serviceTime: lognormal({ mean: 5, cv: 0.5 }) })

    // All requests of the shop, waiting or not, are held by the same processes.
    const shop = sim.pipeline(pipeline('shop', bulkhead({ concurrent: scaled(places) })))
    const toPayment = sim.pipeline(paying)
    const toWindow = browsing === paying ? toPayment : sim.pipeline(browsing)

    const [usual, peak] = [USUAL_RATE * scale, day.peak * scale]
    const orders = ramp({ from: usual, to: peak, at: RISE_AT_MS, over: RISE_MS, hold: day.hold })
    sim.load('order', { rate: orders }, (call) => {
      let times = 0
      const pay = (): Promise<unknown> => toPayment.run((scope) => desk.request(scope), repeated(call, times++))
      return shop.run(() => (order === undefined ? pay() : order(pay, sim.runtime)), call)
    })
    sim.load('browse', { rate: poisson({ rate: usual }) }, (call) =>
      shop.run(() => toWindow.run((scope) => shopWindow.request(scope), call), call),
    )

    const risen = RISE_AT_MS + RISE_MS
    const falling = risen + toMilliseconds('day.hold', day.hold, { positive: true })
    const over = falling + RISE_MS
    sim.phase('before', 0, RISE_AT_MS)
    sim.phase('spike', RISE_AT_MS, over)
    sim.phase('peak', risen, falling)
    sim.phase('after', over, UNTIL_MS)
    const capacity = (INSTANCES * scaled(POOL) * MS_PER_SECOND) / SERVICE_MS
    return sim
      .until(UNTIL_MS)
      .expect(contained({ route: 'order', before: 'before', during: 'spike', peak: 'peak', capacity, deadline: '2s' }))
  })
}
