import { send } from '../../../event-store/command-handler.ts'
import { readRow } from '../../../event-store/read-row.ts'
import { runProjection } from '../../../event-store/run-projection.ts'
import { subscribe } from '../../../event-store/subscription.ts'
import type { StoredEvent } from '../../../store/event.ts'
import { streamId } from '../../../store/event.ts'
import type { Store } from '../../../store/store.ts'
import { checkHistory } from '../check-history.ts'
import type { Database } from '../database.ts'
import type { Hunted } from '../hunted.ts'
import { hunted } from '../hunted.ts'
import type { HuntWorld } from '../hunt-world.ts'
import { AppendLaws } from './append-laws.ts'
import { balances, ledger, total, valueOf } from './ledger.ts'
import type { Moved } from './ledger.ts'
import type { LibraryHuntOptions } from './library-hunt-options.ts'
import { SightingsLog } from './sightings-log.ts'

const ACCOUNTS = ['x', 'y'] as const
/** The account with a row beside its events. Nothing but the version of its stream guards the other one. */
const SHOWN = 'x'
const COMMANDS = 8
const READS = 3
const CHATTER = 3
const KINDS = ['deposit', 'deposit', 'withdraw', 'gift'] as const
/** A process that dies by chance is not the fault of the event it had in hand. */
const NEVER_PARK = 1_000

interface Told {
  readonly account: string
  readonly kind: (typeof KINDS)[number]
  readonly moved: Moved
}

/**
 * The hunt for the event store: writers with idempotency keys and inline rows; a projection, a subscription and a relay to a
 * broker, each with competing members; a consumer with an inbox. What clients and subscriptions saw is one history, which must
 * be in order.
 */
export function eventsHunt({ store }: LibraryHuntOptions = {}): Hunted {
  return hunted('events', {}, (world) => build(world, store))
}

async function build(world: HuntWorld, store: LibraryHuntOptions['store']): Promise<void> {
  const database = world.database('ledgers', await store?.(world.runtime))
  const letters = world.database('letters', await store?.(world.runtime))
  const history = new SightingsLog()

  const consumer = world.process('consumer', (context) => inbox(context.store(letters)))
  const mail = world.channel<string>('mail', async (value) => {
    const { running, life } = consumer
    if (!running || !life) return false
    return await life.answer((resolve, reject) => {
      running(value).then(resolve, reject)
    })
  })
  const members = ['member-1', 'member-2'].map((name) =>
    world.process(name, (context) => {
      const own = context.store(database)
      const { runtime } = context
      const leaseTtl = '3s'
      let epoch = 0
      const record = subscribe({
        store: own,
        runtime,
        name: 'record',
        categories: [ledger.category],
        leaseTtl,
        batch: 3,
        handle: async (events) => {
          history.handed(events, epoch)
          return { rows: [await appended(own, events)] }
        },
      })
      record.on('owned', (owned) => {
        ;({ epoch } = owned)
        history.owned(epoch)
      })
      subscribe({
        store: own,
        runtime,
        name: 'relay',
        types: [ledger.events.moved.type],
        leaseTtl,
        batch: 2,
        handle: (events) => {
          for (const event of events) context.send(mail, valueOf(event))
        },
      })
      runProjection(total, { store: own, runtime, leaseTtl, batch: 3, mostCrashes: NEVER_PARK })
      return {
        tell: async ({ account, kind, moved }: Told) => {
          const command = ledger.commands[kind](moved)
          const sent = await send(own, ledger, account, command, {
            runtime,
            idempotencyKey: moved.value,
            inline: account === SHOWN ? [balances] : [],
          })
          return sent.ok ? { version: sent.version } : undefined
        },
        read: (account: string) => valuesOf(own, account),
        chatter: (id: string) => chatter(own, id),
      }
    }),
  )
  const desk = world.route('desk', members, (running) => running, ['tell', 'read', 'chatter'])

  for (let i = 1; i <= COMMANDS; i++) {
    const account = world.choose('account', ACCOUNTS)
    const kind = world.choose('command', KINDS)
    const moved = { value: `${kind}-${i}`, amount: 1 + Math.floor(world.draw('amount') * 5) }
    const values = kind === 'gift' ? [`${moved.value}.1`, `${moved.value}.2`] : [moved.value]
    const begun: { at?: number } = {}
    world.operation(moved.value, async (client) => {
      begun.at ??= history.begun(account, values, world.runtime.now())
      const done = await client.service(desk).tell({ account, kind, moved })
      history.answered(values, done?.version, world.runtime.now())
    })
  }
  for (let i = 1; i <= READS; i++) {
    const list = world.choose('read account', ACCOUNTS)
    world.operation(`read-${i}`, async (client) => {
      const from = world.runtime.now()
      const values = await client.service(desk).read(list)
      history.reads.push({ list, values, from, to: world.runtime.now() })
    })
  }

  for (let i = 1; i <= CHATTER; i++)
    world.operation(`chatter-${i}`, (client) => client.service(desk).chatter(`chatter-${i}`))
  const laws = new AppendLaws()
  database.onCommit((commit, committed) => laws.committed(commit, committed))
  world.always('appends stand where they were meant to, once', () => laws.broken)
  world.always('no member is handed anything when another one has begun', () => history.handedLate)
  world.always('no account is overdrawn, and the rows beside it say what it holds', () => inlineBroken(database))
  world.eventually('everybody has seen everything', () => unseen(database, letters))
  world.atRest('the history is in order', () => historyBroken(database, history))
  world.atRest('each letter is written once', () => lettersBroken(database, letters))
}

/** A consumer that writes a letter once, however often it is told. */
function inbox(store: Store): (value: string) => Promise<boolean> {
  return async (value) => {
    const letters = await store.row('letters', 'count')
    const before = letters ? (letters.value as readonly string[]) : []
    const committed = await store.commit({
      inbox: { consumer: 'letters', generation: 1, id: value },
      rows: [{ table: 'letters', key: 'count', value: [...before, value], ifVersion: letters?.version ?? 0 }],
    })
    return committed.ok || committed.code === 'SEEN'
  }
}

/** An event of something else, which subscriptions pass over. */
async function chatter(store: Store, id: string): Promise<void> {
  const event = { id, type: 'chatter.said', schema: 1, data: { value: id }, meta: { correlation: id, causation: id } }
  await store.commit({
    appends: [{ stream: streamId('chatter', 'all'), expected: 'any', appendId: id, events: [event] }],
  })
}

/** The row of what the subscription has seen, with these behind it. */
async function appended(
  store: Store,
  events: readonly StoredEvent[],
): Promise<{ table: string; key: string; value: unknown; ifVersion: number }> {
  const row = await store.row('record', 'seen')
  const before = row ? (row.value as readonly string[]) : []
  return { table: 'record', key: 'seen', value: [...before, ...events.map(valueOf)], ifVersion: row?.version ?? 0 }
}

async function inlineBroken({ store }: Database): Promise<string | undefined> {
  for (const account of ACCOUNTS) {
    const { events } = await store.readStream(streamId('ledger', account))
    const balance = events.reduce((sum, { data }) => sum + (data as Moved).amount, 0)
    if (balance < 0) return `${account} holds ${balance}`
    if (account !== SHOWN) continue
    const row = await readRow(balances, store, account)
    if ((row?.movements ?? 0) !== events.length || (row?.balance ?? 0) !== balance)
      return `${account} has ${events.length} movements that come to ${balance}, and its row says ${JSON.stringify(row)}`
  }
  return undefined
}

async function unseen({ store }: Database, letters: Database): Promise<string | undefined> {
  const { events } = await store.readLog({ after: 0, categories: [ledger.category] })
  const balance = events.reduce((sum, { data }) => sum + (data as Moved).amount, 0)
  const row = await readRow(total, store, 'all')
  if ((row?.movements ?? 0) !== events.length || (row?.balance ?? 0) !== balance)
    return `the log has ${events.length} movements that come to ${balance}, the projection ${JSON.stringify(row)}`
  const seen = (await rowOf(store, 'record', 'seen')).length
  if (seen < events.length) return `the subscription has seen ${seen} of ${events.length}`
  const written = (await rowOf(letters.store, 'letters', 'count')).length
  return written < events.length ? `${written} of ${events.length} letters are written` : undefined
}

async function historyBroken({ store }: Database, history: SightingsLog): Promise<string | undefined> {
  const { events } = await store.readLog({ after: 0, categories: [ledger.category] })
  const last = await Promise.all(
    ACCOUNTS.map(async (list) => ({ list, values: await valuesOf(store, list), from: Infinity, to: Infinity })),
  )
  const [first] = checkHistory({
    appends: history.appends,
    reads: [...history.reads, ...last],
    log: events.map(valueOf),
    sightings: [
      { subscription: 'record, as committed', values: await rowOf(store, 'record', 'seen'), mayRepeat: false },
      { subscription: 'record, as handed over', values: history.firstHanded, mayRepeat: false },
    ],
  })
  return first && `${first.kind}: ${first.text}`
}

async function lettersBroken({ store }: Database, letters: Database): Promise<string | undefined> {
  const written = await rowOf(letters.store, 'letters', 'count')
  const { events } = await store.readLog({ after: 0, categories: [ledger.category] })
  if (new Set(written).size < written.length) return `letters were written twice: ${written.join(' ')}`
  return written.length > events.length ? `${written.length} letters for ${events.length} events` : undefined
}

async function rowOf(store: Store, table: string, key: string): Promise<readonly string[]> {
  return ((await store.row(table, key))?.value ?? []) as readonly string[]
}

async function valuesOf(store: Store, account: string): Promise<readonly string[]> {
  const { events } = await store.readStream(streamId('ledger', account))
  return events.map(valueOf)
}
