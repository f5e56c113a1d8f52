import type { Commit } from '../store/commit.ts'
import type { Store } from '../store/store.ts'
import { send } from './command-handler.ts'
import { decider } from './decider.ts'
import { parkedKeys } from './parked-keys.ts'
import { projection } from './projection.ts'
import { upgradeProjection } from './projection-upgrade.ts'
import { readRow } from './read-row.ts'
import { runProjection } from './run-projection.ts'

/** Where a process can be killed: between two durable writes. Each is met several times in one run of the work. */
export const FAIL_POINTS: Readonly<Record<string, (commit: Commit) => boolean>> = {
  append: ({ appends = [] }) => appends.length > 0,
  snapshot: (commit) => writes(commit, '@snapshots/'),
  'first delivery': (commit) => writes(commit, '@deliveries') && commit.checkpoint === undefined,
  checkpoint: ({ checkpoint }) => checkpoint?.name === v1.checkpoint && checkpoint.from !== checkpoint.to,
  rebuild: ({ checkpoint }) => checkpoint?.name === v2.checkpoint,
  flip: (commit) => writes(commit, '@live'),
  parking: (commit) => writes(commit, '@parked/') && commit.checkpoint !== undefined,
  skipping: (commit) => writes(commit, '@skipped/'),
}

function writes({ rows = [] }: Commit, table: string): boolean {
  return rows.some((row) => row.table.startsWith(table))
}

export const COMMANDS = 40
export const POISON = 13
const STREAMS = ['a', 'b', 'c']
const LEASE_TTL = 300

export const counter = decider('counter', {
  initial: 0,
  evolve: { added: (state, { n }: { readonly n: number }) => state + n },
  decide: { add: (command: { readonly n: number }, _state) => ({ type: 'added', data: command }) },
  snapshot: { every: 5 },
})

/** Kept up inline, then replaced by the second version, which is built beside it. */
export const v1 = projection<number>('sum', { version: 1 }).on(counter.events.added, (row = 0, { n }) => row + n)
export const v2 = projection<{ sum: number }>('sum', { version: 2 }).on(
  counter.events.added,
  (row = { sum: 0 }, { n }) => ({ sum: row.sum + n }),
)
/** Cannot take one of the events. */
export const strict = projection<number>('strict', { version: 1 }).on(counter.events.added, (row = 0, { n }) => {
  if (n === POISON) throw new RangeError('cannot add this')
  return row + n
})

/** All the work, from wherever it was left: commands, a projection with an event it cannot take, an upgrade. */
export async function work(store: Store, told: (key: string) => void = () => {}): Promise<void> {
  const parked = runProjection(strict, { store, batch: 4, leaseTtl: LEASE_TTL })
  parked.on('parked', () => {})
  parked.on('failed', () => {})
  let token = ''
  for (let n = 0; n < COMMANDS; n++) {
    const id = STREAMS[n % STREAMS.length] ?? ''
    const idempotencyKey = `k${n}`
    const sent = await send(store, counter, id, counter.commands.add({ n }), { idempotencyKey, inline: [v1] })
    if (!sent.ok) throw new Error(sent.rejection.code)
    token = sent.token
    told(idempotencyKey)
  }
  const upgrade = upgradeProjection({
    store,
    leaseTtl: LEASE_TTL,
    previous: { projection: v1, batch: 4 },
    next: { projection: v2, batch: 4 },
    lift: (sum) => ({ sum }),
    flip: 'manual',
  })
  while (!(await upgrade.flip())) await new Promise((resolve) => setTimeout(resolve, 10))
  const keys = parkedKeys(strict, { store })
  await until(async () => (await keys.list()).length + (await keys.skipped()).length > 0)
  for (const { key } of await keys.list()) await keys.skip(key, { reason: 'thirteen' })
  for (const id of STREAMS) await readRow(strict, store, id, { atLeast: token, limit: '20s' })
  await Promise.all([upgrade.close(), parked.close()])
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10))
}
