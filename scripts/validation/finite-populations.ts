import {
  ClosedClients,
  directScope,
  exponential,
  ServiceModel,
  type ServiceOptions,
  World,
} from 'watertight/simulation'
import type { KnownAnswer } from './known-answer.ts'

/** The mean service time is the unit of time. */
const UNIT = 1_000
const WARM_UP = 1_000 * UNIT
const END = 15_000 * UNIT
const CLIENTS = 10

interface Seen {
  /** Answers in a service time. */
  readonly throughput: number
  /** Mean time of those who were answered, in service times. */
  readonly time: number
  /** Share of the requests that were refused. */
  readonly refused: number
}

/** Ten clients, each of whom thinks for `think` service times on average, asks, and waits for the answer. */
async function run(seed: number, think: number, options: Omit<ServiceOptions, 'serviceTime'>): Promise<Seen> {
  const world = new World({ seed, trace: 'off' })
  const service = new ServiceModel(world, 'machine', {
    serviceTime: exponential({ mean: UNIT }),
    refusal: 0,
    ...options,
  })
  let [served, time, refused] = [0, 0, 0]
  const clients = new ClosedClients(world, 'clients', {
    clients: CLIENTS,
    thinkTime: exponential({ mean: think * UNIT }),
    run: async ({ id }) => {
      const since = world.now()
      const counts = since >= WARM_UP
      try {
        await service.request(directScope(world, { id }))
        if (!counts) return
        served++
        time += world.now() - since
      } catch {
        if (counts) refused++
      }
    },
  })
  clients.start()
  await world.runUntil(END)
  return {
    throughput: (served * UNIT) / (END - WARM_UP),
    time: time / served / UNIT,
    refused: refused / (served + refused),
  }
}

/** The share of time in which all of them think, of a machine that serves one at a time. */
function idle(think: number): number {
  let [weight, sum] = [1, 1]
  for (let waiting = 0; waiting < CLIENTS; waiting++) sum += weight *= (CLIENTS - waiting) / think
  return 1 / sum
}

/** The share of requests that find all of so many workers taken. */
function engset(workers: number, think: number): number {
  let [weight, sum] = [1, 1]
  for (let taken = 0; taken < workers; taken++) sum += weight *= (CLIENTS - 1 - taken) / (taken + 1) / think
  return weight / sum
}

const common = { group: 'A known number of clients', within: 0.03, exact: true, seeds: 20 }
const shop = { pool: 1 }

/** What theory says of clients who wait for an answer before they ask again. */
export const finitePopulations: readonly KnownAnswer[] = [
  {
    ...common,
    name: '10 clients who think for 9 service times, one server: answers',
    unit: 'a service time',
    published: 1 - idle(9),
    source: 'machine repair (M/M/1//N): 1 - share of the time in which all think',
    measure: async (seed) => (await run(seed, 9, shop)).throughput,
  },
  {
    ...common,
    name: '10 clients who think for 9 service times, one server: time in it',
    unit: 'service times',
    published: CLIENTS / (1 - idle(9)) - 9,
    source: 'machine repair (M/M/1//N): N / throughput - time to think',
    measure: async (seed) => (await run(seed, 9, shop)).time,
  },
  {
    ...common,
    name: '10 clients, answers times (time in it + time to think)',
    unit: 'clients',
    published: CLIENTS,
    source: 'J. Little, "A Proof for the Queuing Formula L = λW", 1961',
    measure: async (seed) => {
      const { throughput, time } = await run(seed, 9, shop)
      return throughput * (time + 9)
    },
  },
  {
    ...common,
    name: '10 clients who think for 2 service times, 4 servers and no queue: refused',
    unit: 'share',
    published: engset(4, 2),
    source: 'Engset formula, as requests see it',
    measure: async (seed) => (await run(seed, 2, { pool: 4, queue: 0 })).refused,
  },
]
