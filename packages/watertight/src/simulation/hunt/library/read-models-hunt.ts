import { send } from '../../../event-store/command-handler.ts'
import type { ProjectionUpgrade } from '../../../event-store/projection-upgrade.ts'
import { upgradeProjection } from '../../../event-store/projection-upgrade.ts'
import { listRows } from '../../../event-store/read-row.ts'
import { subscribe } from '../../../event-store/subscription.ts'
import { WatertightError } from '../../../runtime/error.ts'
import type { StoredEvent } from '../../../store/event.ts'
import type { RowWrite } from '../../../store/commit.ts'
import type { Store } from '../../../store/store.ts'
import { positionOfToken } from '../../../store/token.ts'
import { checkSightings } from '../check-sightings.ts'
import type { Hunted } from '../hunted.ts'
import { hunted } from '../hunted.ts'
import type { HuntWorld } from '../hunt-world.ts'
import type { Balance, Moved } from './ledger.ts'
import { ledger, nextTotal, total, valueOf } from './ledger.ts'
import type { LibraryHuntOptions } from './library-hunt-options.ts'

const ACCOUNTS = ['x', 'y', 'z'] as const
const COMMANDS = 7
const READS = 8
const PARTITIONS = 3
const SEEN = 'seen'
/** A process that dies by chance is not the fault of the event it had in hand. */
const NEVER_PARK = 1_000

interface Read {
  readonly movements: number
  readonly from: number
  readonly to: number
}

/**
 * The hunt for read models that change hands: a projection that is rebuilt in a new version while it is read and written, and
 * a subscription whose members share its parts. Readers see their own writes and never see time go back, whichever version is
 * live; each stream is handed over in order, each event once.
 */
export function readModelsHunt({ store }: LibraryHuntOptions = {}): Hunted {
  return hunted('read-models', {}, (world) => build(world, store))
}

async function build(world: HuntWorld, store: LibraryHuntOptions['store']): Promise<void> {
  const database = world.database('ledgers', await store?.(world.runtime))
  const reads: Read[] = []
  // By itself it flips while there is hardly anything to show; a person does it in the middle of everything.
  const flip = world.choose('who flips', ['automatic', 'manual', 'manual'])
  const members = ['member-1', 'member-2', 'member-3'].map((name) =>
    world.process(name, (context) => {
      const own = context.store(database)
      const { runtime } = context
      const leaseTtl = '3s'
      const upgrade = upgradeProjection<Balance, Balance>({
        store: own,
        runtime,
        leaseTtl,
        previous: { projection: total, mostCrashes: NEVER_PARK },
        next: { projection: nextTotal, mostCrashes: NEVER_PARK },
        lift: (row) => row,
        flip,
      })
      upgrade.on('flipped', () => world.sometimes('the new version goes live'))
      subscribe({
        store: own,
        runtime,
        name: 'shared',
        leaseTtl,
        partitions: PARTITIONS,
        batch: 2,
        handle: async (events) => ({ rows: await seen(own, events) }),
      })
      return {
        tell: async (account: string, moved: Moved) => {
          const sent = await send(own, ledger, account, ledger.commands.deposit(moved), {
            runtime,
            idempotencyKey: moved.value,
          })
          return sent.ok ? sent.token : undefined
        },
        read: (atLeast?: string) => movements(upgrade, atLeast),
        flip: async () => {
          if (!(await upgrade.flip()))
            throw new WatertightError('NOT_UP', 'The new version is behind.', { retryable: true })
        },
      }
    }),
  )
  const desk = world.route('desk', members, (running) => running, ['tell', 'read', 'flip'])

  let broken: string | undefined
  for (let i = 1; i <= COMMANDS; i++) {
    const account = world.choose('account', ACCOUNTS)
    const value = `deposit-${i}`
    let token: string | undefined
    world.operation(value, async (client) => {
      const service = client.service(desk)
      token ??= await service.tell(account, { value, amount: i })
      if (token === undefined) return
      const written = positionOfToken(database.store.incarnation, token) ?? Infinity
      const from = world.runtime.now()
      const found = await service.read(token)
      reads.push({ movements: found, from, to: world.runtime.now() })
      if (found < written) broken ??= `${value} stands at ${written}, and its reader was shown the first ${found}`
    })
  }
  for (let i = 1; i <= READS; i++) {
    world.operation(`read-${i}`, async (client) => {
      const from = world.runtime.now()
      const found = await client.service(desk).read()
      reads.push({ movements: found, from, to: world.runtime.now() })
    })
  }

  if (flip === 'manual') world.operation('flip', (client) => client.service(desk).flip())

  world.always('everybody sees what they wrote', () => broken)
  world.always('no reader sees time go back', () => backwards(reads))
  world.eventually('both versions and all members are up', () => unfinished(database.store))
  world.atRest('each stream is handed over in order, each event once', () => disordered(database.store))
}

async function movements(upgrade: ProjectionUpgrade<Balance>, atLeast?: string): Promise<number> {
  const row = await upgrade.read('all', { limit: '3s', ...(atLeast !== undefined && { atLeast }) })
  return row?.movements ?? 0
}

/** The rows of what was seen of each stream, with these events behind it. */
async function seen(store: Store, events: readonly StoredEvent[]): Promise<readonly RowWrite[]> {
  const streams = [...Map.groupBy(events, ({ stream }) => stream.id)]
  const rows = await store.rows(
    SEEN,
    streams.map(([key]) => key),
  )
  return streams.map(([key, of], i) => {
    const before = (rows[i]?.value ?? []) as readonly string[]
    return { table: SEEN, key, value: [...before, ...of.map(valueOf)], ifVersion: rows[i]?.version ?? 0 }
  })
}

function backwards(reads: readonly Read[]): string | undefined {
  for (const read of reads) {
    const more = reads.find(({ to, movements: before }) => to < read.from && before > read.movements)
    if (more) return `${read.movements} movements were read after ${more.movements} had been`
  }
  return undefined
}

async function unfinished(store: Store): Promise<string | undefined> {
  const { events } = await store.readLog({ after: 0 })
  const [next] = await listRows(nextTotal, store)
  const shown = next?.row.movements ?? 0
  if (shown < events.length) return `the new version shows ${shown} of ${events.length} movements`
  const handed = (await store.scanRows(SEEN)).reduce((sum, { value }) => sum + (value as readonly string[]).length, 0)
  return handed < events.length ? `the members have seen ${handed} of ${events.length}` : undefined
}

async function disordered(store: Store): Promise<string | undefined> {
  const { events } = await store.readLog({ after: 0 })
  const logs = Map.groupBy(events, ({ stream }) => stream.id)
  for (const { key, value } of await store.scanRows(SEEN)) {
    const log = (logs.get(key) ?? []).map(valueOf)
    const [first] = checkSightings(log, { subscription: key, values: value as readonly string[], mayRepeat: false })
    if (first) return `${first.kind}: ${first.text}`
  }
  const [next] = await listRows(nextTotal, store)
  const amount = events.reduce((sum, { data }) => sum + (data as Moved).amount, 0)
  return next && next.row.balance !== amount ? `the log comes to ${amount}, the row to ${next.row.balance}` : undefined
}
