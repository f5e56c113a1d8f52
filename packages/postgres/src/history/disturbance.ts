import { setTimeout } from 'node:timers/promises'
import { connectTo, type OwnServer } from '../test-server.fixture.ts'
import type { WorkerProcess } from './worker-process.ts'

const LONGEST_AWAY_MS = 400
/** How many of the connections are broken at once. */
const BROKEN_SHARE = 0.4

/** What can happen to a run. */
export type DisturbanceKind = 'writerKilled' | 'subscriberKilled' | 'backendsKilled' | 'serverKilled'

/** More of what is cheap; each kind once at the beginning. */
const DECK: readonly DisturbanceKind[] = [
  'writerKilled',
  'backendsKilled',
  'subscriberKilled',
  'serverKilled',
  'backendsKilled',
  'writerKilled',
  'subscriberKilled',
]

const KINDS = 4

/** Processes of one kind, each of which can be started again at its place. */
export interface Crew {
  readonly members: WorkerProcess[]
  readonly start: (place: number) => WorkerProcess
}

export interface Disturbed {
  readonly server: OwnServer
  readonly writers: Crew
  readonly subscribers: Crew
  readonly random: () => number
}

/** The disturbance that comes as number `n`: each kind once at first, then by chance. */
export function kindOf(n: number, random: () => number): DisturbanceKind {
  return DECK[n < KINDS ? n : Math.floor(random() * DECK.length)] ?? 'backendsKilled'
}

/** Kills, lets some time pass, and starts again. */
export async function disturb(
  kind: DisturbanceKind,
  { server, writers, subscribers, random }: Disturbed,
): Promise<void> {
  switch (kind) {
    case 'writerKilled':
      return await restart(writers, random)
    case 'subscriberKilled':
      return await restart(subscribers, random)
    case 'backendsKilled':
      return await killBackends(server.url, random)
    case 'serverKilled': {
      await server.kill()
      await setTimeout(random() * LONGEST_AWAY_MS)
      await server.resume()
    }
  }
}

async function restart({ members, start }: Crew, random: () => number): Promise<void> {
  const place = Math.floor(random() * members.length)
  await members[place]?.kill()
  await setTimeout(random() * LONGEST_AWAY_MS)
  members[place] = start(place)
}

async function killBackends(url: string, random: () => number): Promise<void> {
  const admin = await connectTo(url)
  const { rows } = await admin.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'watertight' ORDER BY pid",
  )
  for (const { pid } of rows) if (random() < BROKEN_SHARE) await admin.query('SELECT pg_terminate_backend($1)', [pid])
  await admin.end()
}
