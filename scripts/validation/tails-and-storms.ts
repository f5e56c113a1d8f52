import { fixed, hedge, type LivePipeline, pipeline, rateLimiter, retry } from 'watertight'
import { constant, directScope, exponential, poisson, ServiceModel, World } from 'watertight/simulation'
import type { KnownAnswer } from './known-answer.ts'

const UNIT = 1_000
/** The 95th percentile of an exponential law of mean 1. */
const P95 = Math.log(20)

/** Calls by chance, `perUnit` on average in a service time, so many of them. */
async function callsByChance(world: World, perUnit: number, calls: number, call: (id: number) => void): Promise<void> {
  const arrivals = poisson({ rate: (perUnit * 1_000) / UNIT })
  let due = 0
  const next = (id: number): void => {
    due = arrivals.next(due, () => world.random('arrival')) as number
    world.schedule(due, () => {
      call(id)
      if (id < calls) next(id + 1)
    })
  }
  next(1)
  await world.runUntil(Infinity)
}

/** Calls to a service that has room for all of them, asked a second time when there is no answer at the 95th percentile. */
async function hedged(seed: number): Promise<{ tail: number; mean: number; load: number }> {
  const calls = 50_000
  const world = new World({ seed, trace: 'off' })
  const service = new ServiceModel(world, 'shard', { pool: calls, serviceTime: exponential({ mean: UNIT }) })
  const client = pipeline(
    'client',
    hedge({ after: Math.round(P95 * UNIT), idempotent: true, budget: { ratio: 1 } }),
  ).on(world)
  const times: number[] = []
  await callsByChance(world, 10, calls, () => {
    const since = world.now()
    void client.outcome((scope) => service.request(scope)).then(() => times.push((world.now() - since) / UNIT))
  })
  times.sort((one, other) => one - other)
  return {
    tail: times[Math.ceil(0.999 * calls) - 1] as number,
    mean: times.reduce((sum, time) => sum + time, 0) / calls,
    load: service.counters.arrived / calls,
  }
}

/** How often the last of so many layers is called for one request, when it always fails and each layer tries three times. */
async function amplification(seed: number, layers: number): Promise<number> {
  const world = new World({ seed, trace: 'off' })
  const trying = (name: string): LivePipeline => pipeline(name, retry({ attempts: 3, backoff: fixed(10) })).on(world)
  const last = new ServiceModel(world, 'last', { pool: 1_000, serviceTime: constant(1), errorRate: 1 })
  let service = last
  for (let layer = 1; layer < layers; layer++) {
    const [further, client] = [service, trying(`client ${layer}`)]
    service = new ServiceModel(world, `layer ${layer}`, {
      pool: 1_000,
      serviceTime: constant(1),
      handler: ({ call }) => client.run((scope) => further.request(scope), { id: call.id }),
    })
  }
  const first = trying('client')
  const calls = 200
  await callsByChance(world, 10, calls, () => void first.outcome((scope) => service.request(scope)))
  return last.counters.arrived / calls
}

/** What a token bucket lets through of ten times as many. */
async function letThrough(seed: number): Promise<number> {
  const world = new World({ seed, trace: 'off' })
  const client = pipeline('client', rateLimiter({ limit: 50, per: '1s', algorithm: 'token-bucket', burst: 200 })).on(
    world,
  )
  let passed = 0
  await callsByChance(world, 500, 50_000, () => void client.outcome(() => void passed++))
  return passed
}

/** The share of requests that are past their deadline when a worker comes to them. */
async function expired(seed: number, load: number, patience: number): Promise<number> {
  const world = new World({ seed, trace: 'off' })
  const service = new ServiceModel(world, 'queue', {
    pool: 1,
    serviceTime: exponential({ mean: UNIT }),
    dropExpired: true,
  })
  await callsByChance(world, load, 60_000, (id) => {
    service.request(directScope(world, { id, deadline: world.now() + patience * UNIT })).catch(() => {})
  })
  return (service.counters.refused['DEADLINE_EXCEEDED'] ?? 0) / service.counters.arrived
}

function expiredShare(load: number, patience: number): number {
  const decay = Math.exp((load - 1) * patience)
  return ((1 - load) * load * decay) / (1 - load * load * decay)
}

const hedging = {
  group: 'Hedged requests',
  source: 'J. Dean, L. Barroso, "The Tail at Scale", 2013: one second request in twenty; the rest follows from the law',
  within: 0.03,
  exact: true,
  seeds: 10,
}

/** What publications say of tails, storms and limits, through the real policies. */
export const tailsAndStorms: readonly KnownAnswer[] = [
  {
    ...hedging,
    name: 'a second request at the 95th percentile: requests',
    unit: 'a call',
    published: 1.05,
    measure: async (seed) => (await hedged(seed)).load,
  },
  {
    ...hedging,
    name: 'a second request at the 95th percentile: 99.9th percentile (without: 6.908)',
    unit: 'service times',
    published: (Math.log(1_000) + P95) / 2,
    measure: async (seed) => (await hedged(seed)).tail,
  },
  {
    ...hedging,
    name: 'a second request at the 95th percentile: mean',
    unit: 'service times',
    published: 0.975,
    measure: async (seed) => (await hedged(seed)).mean,
  },
  ...[1, 2, 3].map((layers) => ({
    group: 'Retries of layers over each other',
    name: `${layers} ${layers === 1 ? 'layer' : 'layers'} of 3 attempts each: calls of the last`,
    unit: 'a request',
    published: 3 ** layers,
    source: 'Google, "Site Reliability Engineering", 2016, chapter 22, Addressing Cascading Failures',
    within: 0,
    exact: true,
    seeds: 3,
    measure: (seed: number) => amplification(seed, layers),
  })),
  {
    group: 'Limits and deadlines',
    name: 'a token bucket of 200, 50 a second, at ten times as many: let through in 100 s',
    unit: 'calls',
    published: 5_200,
    source: 'J. Turner, "New Directions in Communications", 1986: burst + rate x time',
    within: 0.01,
    exact: false,
    seeds: 10,
    measure: letThrough,
  },
  ...[0.8, 1.5].map((load) => ({
    group: 'Limits and deadlines',
    name: `M/M/1, load ${load}, nobody waits longer than 3 service times: dropped`,
    unit: 'share',
    published: expiredShare(load, 3),
    source: 'D. Barrer, "Queuing with Impatient Customers and Ordered Service", 1957',
    within: 0.03,
    exact: true,
    seeds: 20,
    measure: (seed: number) => expired(seed, load, 3),
  })),
]
