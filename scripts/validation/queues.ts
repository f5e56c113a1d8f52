import { pipeline } from 'watertight'
import {
  constant,
  exponential,
  lognormal,
  poisson,
  ServiceModel,
  type ServiceOptions,
  World,
} from 'watertight/simulation'
import type { KnownAnswer } from './known-answer.ts'

/** The mean service time is the unit of time. */
const UNIT = 1_000
/** Customers before the queue has forgotten that it was empty. */
const WARM_UP = 5_000

interface Queue {
  readonly service: Omit<ServiceOptions, 'serviceTime'> & { readonly serviceTime?: ServiceOptions['serviceTime'] }
  /** Arrivals in a mean service time. */
  readonly load: number
  readonly customers: number
}

interface Seen {
  /** Mean time in the system, in service times; of those who were let in. */
  readonly time: number
  /** Share of customers who found all workers taken. */
  readonly waiting: number
  readonly refused: number
  /** Mean number of customers that a new one found, waiting or served. */
  readonly found: number
}

async function run(seed: number, { service: options, load, customers }: Queue): Promise<Seen> {
  const world = new World({ seed, trace: 'off' })
  const service = new ServiceModel(world, 'queue', { serviceTime: exponential({ mean: UNIT }), refusal: 0, ...options })
  const client = pipeline('client').on(world)
  const arrivals = poisson({ rate: (load * 1_000) / UNIT })
  const workers = options.pool * (options.instances ?? 1)
  let [came, waited, found, refused, served, time, due] = [0, 0, 0, 0, 0, 0, 0]
  const arrive = (): void => {
    const counts = ++came > WARM_UP
    const since = world.now()
    const { inFlight, queued } = service.gauges
    if (counts) found += inFlight + queued
    if (counts && inFlight === workers) waited++
    void client
      .outcome((scope) => service.request(scope))
      .then(({ kind }) => {
        if (!counts) return
        if (kind === 'success') {
          served++
          time += world.now() - since
        } else refused++
      })
    if (came < WARM_UP + customers) schedule()
  }
  const schedule = (): void => {
    due = arrivals.next(due, () => world.random('arrival')) as number
    world.schedule(due, arrive)
  }
  schedule()
  await world.runUntil(Infinity)
  return {
    time: time / served / UNIT,
    waiting: waited / customers,
    refused: refused / customers,
    found: found / customers,
  }
}

const SEEDS = 30

function queue(
  name: string,
  source: string,
  published: number,
  unit: string,
  setting: Queue,
  figure: (seen: Seen) => number,
  exact = true,
): KnownAnswer {
  const measure = async (seed: number): Promise<number> => figure(await run(seed, setting))
  return { group: 'Queues', name, unit, published, source, within: 0.03, exact, seeds: SEEDS, measure }
}

const TIMES = 'service times'
const timeIn = ({ time }: Seen): number => time
const one = { pool: 1 }

/** What theory says of queues, through the service model that scenarios are made of, called by a real pipeline. */
export const queues: readonly KnownAnswer[] = [
  queue(
    'M/M/1, load 0.8: time in it',
    '1 / (1 - load)',
    5,
    TIMES,
    { service: one, load: 0.8, customers: 60_000 },
    timeIn,
  ),
  queue(
    'M/M/1, load 0.9: time in it',
    '1 / (1 - load)',
    10,
    TIMES,
    { service: one, load: 0.9, customers: 150_000 },
    timeIn,
  ),
  queue(
    'M/M/1, load 0.95: time in it',
    '1 / (1 - load)',
    20,
    TIMES,
    { service: one, load: 0.95, customers: 400_000 },
    timeIn,
  ),
  queue(
    'M/M/10, load 0.8: who has to wait',
    'Erlang C formula',
    0.40918,
    'share',
    { service: { pool: 10 }, load: 8, customers: 60_000 },
    ({ waiting }) => waiting,
  ),
  queue(
    'M/M/50, load 0.9: who has to wait',
    'Erlang C formula',
    0.36386,
    'share',
    { service: { pool: 50 }, load: 45, customers: 120_000 },
    ({ waiting }) => waiting,
  ),
  queue(
    'M/D/1, load 0.8: wait',
    'Pollaczek-Khinchine formula',
    2,
    TIMES,
    { service: { ...one, serviceTime: constant(UNIT) }, load: 0.8, customers: 60_000 },
    ({ time }) => time - 1,
  ),
  queue(
    'M/G/1, load 0.7, lognormal with cv 1.5: wait',
    'Pollaczek-Khinchine formula',
    (0.7 * (1 + 1.5 ** 2)) / (2 * (1 - 0.7)),
    TIMES,
    { service: { ...one, serviceTime: lognormal({ mean: UNIT, cv: 1.5 }) }, load: 0.7, customers: 200_000 },
    ({ time }) => time - 1,
  ),
  queue(
    'M/M/1 with room for 4 in the queue, load 0.9: refused',
    '(1 - r) r^5 / (1 - r^6)',
    (0.1 * 0.9 ** 5) / (1 - 0.9 ** 6),
    'share',
    { service: { ...one, queue: 4 }, load: 0.9, customers: 60_000 },
    ({ refused }) => refused,
  ),
  queue(
    '200 servers, load 0.9, the better of two by chance: time in it',
    'M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001: the limit of many servers',
    2.6141,
    TIMES,
    { service: { ...one, instances: 200, balancing: 'two-choices' }, load: 180, customers: 100_000 },
    timeIn,
    false,
  ),
  queue(
    '20 servers, load 0.8, any by chance: time in it',
    'each is an M/M/1',
    5,
    TIMES,
    { service: { ...one, instances: 20, balancing: 'random' }, load: 16, customers: 100_000 },
    timeIn,
  ),
  queue(
    'M/M/1, load 0.8: found by who arrives',
    'r / (1 - r), as arrivals by chance see what a clock sees (PASTA)',
    4,
    'customers',
    { service: one, load: 0.8, customers: 60_000 },
    ({ found }) => found,
  ),
  queue(
    'M/M/1, load 0.7, the last first: time in it',
    'the mean does not depend on the order',
    1 / 0.3,
    TIMES,
    { service: { ...one, order: 'lifo' }, load: 0.7, customers: 60_000 },
    timeIn,
  ),
  queue(
    'M/M/3 with room for 5 in the queue, load 0.9: refused',
    'birth and death',
    refusedByRoom({ servers: 3, room: 5, offered: 2.7 }),
    'share',
    { service: { pool: 3, queue: 5 }, load: 2.7, customers: 60_000 },
    ({ refused }) => refused,
  ),
]

/** M/M/c/K: the share of arrivals that find all of it full. */
function refusedByRoom({ servers, room, offered }: { servers: number; room: number; offered: number }): number {
  const weights = [1]
  for (let n = 1; n <= servers + room; n++) weights.push(((weights[n - 1] as number) * offered) / Math.min(n, servers))
  return (weights.at(-1) as number) / weights.reduce((sum, weight) => sum + weight, 0)
}
