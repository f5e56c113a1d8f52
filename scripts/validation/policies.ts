import { bulkhead, fixed, pipeline, retry, throttling, WatertightError } from 'watertight'
import { exponential, type Law, lognormal, World } from 'watertight/simulation'
import type { KnownAnswer } from './known-answer.ts'

const SECOND = 1_000
const CAPACITY = 50

/** Calls at random instants, `perSecond` on average, from the start on. */
function callsAtRandom(world: World, perSecond: number, untilMs: number, call: (index: number) => void): void {
  const gap = exponential({ mean: SECOND / perSecond })
  const next = (index: number): void => {
    const atMs = world.now() + gap.sample(() => world.random('arrival', index))
    if (atMs < untilMs)
      world.schedule(atMs, () => {
        call(index)
        next(index + 1)
      })
  }
  next(0)
}

/** The share of calls that a bulkhead without a queue refuses. */
async function refusedShare(
  seed: number,
  permits: number,
  load: number,
  service: Law,
  untilMs: number,
): Promise<number> {
  const world = new World({ seed, trace: 'off' })
  const cabin = pipeline('cabin', bulkhead({ concurrent: permits, queue: 0 })).on(world)
  let calls = 0
  let refused = 0
  callsAtRandom(world, (load * SECOND) / service.mean, untilMs, (index) => {
    calls++
    void cabin
      .outcome(
        () =>
          new Promise<void>((resolve) => {
            world.schedule(world.now() + service.sample(() => world.random('service', index)), resolve)
          }),
      )
      .then(({ kind }) => {
        if (kind === 'refused') refused++
      })
  })
  await world.runUntil(Infinity)
  return refused / calls
}

const erlangB = (permits: number, load: number, published: number, law: 'exponential' | 'lognormal'): KnownAnswer => ({
  group: 'A bulkhead without a queue',
  name: `${permits} permits, load ${load}, ${law} service: refused`,
  unit: 'share',
  published,
  source: 'Erlang B formula; it does not depend on the law of service times',
  within: 0.03,
  exact: true,
  seeds: 30,
  measure: (seed) =>
    refusedShare(
      seed,
      permits,
      load,
      law === 'exponential' ? exponential({ mean: '10s' }) : lognormal({ mean: '10s', cv: 2 }),
      (30_000 / load) * 10 * SECOND,
    ),
})

/** What a backend that takes on so many a second receives of ten times as many. */
async function received(seed: number, k: number, capacity: number): Promise<number> {
  const world = new World({ seed, trace: 'off' })
  const client = pipeline('client', throttling({ k, window: '30s' })).on(world)
  const [from, until] = [120 * SECOND, 360 * SECOND]
  let came = 0
  let room = capacity
  let filledAt = 0
  const backend = (): void => {
    if (world.now() >= from) came++
    room = Math.min(capacity / 10, room + ((world.now() - filledAt) / SECOND) * capacity)
    filledAt = world.now()
    if (room < 1) throw new WatertightError('OVERLOADED', 'as much as it can do', { retryable: true })
    room--
  }
  callsAtRandom(world, 10 * capacity, until, () => void client.outcome(backend))
  await world.runUntil(until)
  return (came / (until - from)) * SECOND
}

const throttled = (k: number): KnownAnswer => ({
  group: 'Throttling at ten times the capacity',
  name: `k = ${k}: what the backend receives`,
  unit: 'times its capacity',
  published: k,
  source: 'Google, "Site Reliability Engineering", 2016, chapter 21, Handling Overload',
  within: 0.03,
  exact: false,
  seeds: 10,
  measure: async (seed) => (await received(seed, k, CAPACITY)) / CAPACITY,
})

/** Calls whose every attempt fails by chance. */
async function retried(seed: number, attempts: number, failure: number): Promise<{ success: number; load: number }> {
  const world = new World({ seed, trace: 'off' })
  const client = pipeline('client', retry({ attempts, backoff: fixed('10ms') })).on(world)
  const calls = 20_000
  let made = 0
  let succeeded = 0
  callsAtRandom(world, 1_000, Infinity, (index) => {
    if (index >= calls) return
    void client
      .outcome(({ attempt }) => {
        made++
        if (world.random('failure', index, attempt) < failure) throw new Error('by chance')
      })
      .then(({ kind }) => {
        if (kind === 'success') succeeded++
      })
  })
  await world.runUntil((calls / 1_000) * 2 * SECOND)
  return { success: succeeded / calls, load: made / calls }
}

const independentFailures = (attempts: number, failure: number): readonly KnownAnswer[] => {
  const lost = failure ** attempts
  const common = {
    group: 'Retries of independent failures',
    source: 'geometric series',
    within: 0.01,
    exact: true,
    seeds: 10,
  }
  const name = `${attempts} attempts that fail with ${failure}`
  return [
    {
      ...common,
      name: `${name}: calls that succeed`,
      unit: 'share',
      published: 1 - lost,
      measure: async (seed) => (await retried(seed, attempts, failure)).success,
    },
    {
      ...common,
      name: `${name}: attempts`,
      unit: 'a call',
      published: (1 - lost) / (1 - failure),
      measure: async (seed) => (await retried(seed, attempts, failure)).load,
    },
  ]
}

/** What theory says of policies, through the real ones. */
export const policies: readonly KnownAnswer[] = [
  erlangB(10, 8, 0.12166, 'exponential'),
  erlangB(10, 8, 0.12166, 'lognormal'),
  erlangB(50, 50, 0.10479, 'exponential'),
  erlangB(50, 50, 0.10479, 'lognormal'),
  throttled(1.5),
  throttled(2),
  throttled(3),
  ...independentFailures(3, 0.3),
  ...independentFailures(5, 0.5),
]
