import { type Backoff, exponential, immediate, isWatertightError, pipeline, retry, WatertightError } from 'watertight'
import { normal, World } from 'watertight/simulation'
import type { KnownAnswer } from './known-answer.ts'

/** Timers fire on whole milliseconds: one millisecond of the model is this many of the world, so that rounding is nothing. */
const SCALE = 100
const CLIENTS = 100
const HOP = normal({ mean: 10 * SCALE, sd: 2 * SCALE })
const BASE = 5 * SCALE
const MAX = 2_000 * SCALE

interface Contest {
  readonly completionMs: number
  readonly writes: number
}

/**
 * The model of "Exponential Backoff And Jitter": clients read one versioned row and write it back; a write that finds another
 * version fails, and its client starts over after a wait. Each of the four messages takes a hop of |Normal(10, 2)| ms.
 */
async function contest(seed: number, backoff: Backoff): Promise<Contest> {
  const world = new World({ seed, trace: 'off' })
  const clients = pipeline(
    'client',
    retry({ attempts: 1_000_000, backoff, handle: (error) => isWatertightError(error, 'CONFLICT') }),
  ).on(world)
  let row = 0
  let writes = 0
  let lastMs = 0
  const hop = (): Promise<void> =>
    new Promise((resolve) => {
      world.schedule(world.now() + Math.abs(HOP.sample(() => world.random('hop'))), resolve)
    })
  const readThenWrite = async (): Promise<void> => {
    await hop()
    const version = row
    await hop()
    await hop()
    writes++
    const isMine = version === row
    if (isMine) row++
    await hop()
    if (!isMine) throw new WatertightError('CONFLICT', 'another client was quicker')
    lastMs = world.now()
  }
  await world.run(Promise.all(Array.from({ length: CLIENTS }, () => clients.run(readThenWrite))), '7d')
  return { completionMs: lastMs / SCALE, writes }
}

/** There the attempt counter is raised before the first wait, so that the first exponential wait is twice the base. */
const grown = (jitter: 'none' | 'full' | 'equal'): Backoff => exponential({ base: 2 * BASE, max: MAX, jitter })

const BACKOFFS: readonly (readonly [name: string, backoff: Backoff, completionMs: number, writes: number])[] = [
  ['exponential', grown('none'), 63_572, 1_861],
  ['decorrelated jitter', exponential({ base: BASE, max: MAX, jitter: 'decorrelated' }), 4_576, 1_000],
  ['equal jitter', grown('equal'), 6_620, 813],
  ['full jitter', grown('full'), 4_925, 795],
  ['none', immediate(), 2_026, 2_422],
]

const SEEDS = 100
const SOURCE = 'M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015; its simulator over 100 seeds'

/** What 100 clients that contend for one row need with each backoff, through the real `retry`. */
export const optimisticWriters: readonly KnownAnswer[] = BACKOFFS.flatMap(([name, backoff, completionMs, writes]) => {
  const of = (unit: string, published: number, within: number, figure: (contest: Contest) => number): KnownAnswer => ({
    group: '100 writers of one row',
    name: `${name}: ${unit === 'ms' ? 'all done after' : 'writes tried'}`,
    unit,
    published,
    source: SOURCE,
    within,
    exact: false,
    seeds: SEEDS,
    measure: async (seed) => figure(await contest(seed, backoff)),
  })
  return [of('ms', completionMs, 0.05, (c) => c.completionMs), of('writes', writes, 0.02, (c) => c.writes)]
})
