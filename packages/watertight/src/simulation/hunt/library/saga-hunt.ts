import { isWatertightError, WatertightError } from '../../../runtime/error.ts'
import type { SagaEngine } from '../../../saga/engine.ts'
import { sagaEngine } from '../../../saga/engine.ts'
import { readInstance } from '../../../saga/instance-commit.ts'
import type { SagaState } from '../../../saga/state.ts'
import { fold } from '../../../saga/state.ts'
import { HINTS, UNFINISHED } from '../../../saga/unfinished-index.ts'
import type { Store } from '../../../store/store.ts'
import type { Hunted } from '../hunted.ts'
import { hunted } from '../hunted.ts'
import type { HuntWorld } from '../hunt-world.ts'
import { KeyedEffects } from '../keyed-effects.ts'
import type { LibraryHuntOptions } from './library-hunt-options.ts'
import { SagaRecord } from './saga-record.ts'
import { tripSaga } from './trip-saga.ts'

const SAGAS = ['a', 'b', 'c'] as const
const STOCK = 2
const PRICE = 5
const LONGEST_OUTAGE_MS = 6_000

/**
 * The hunt for the saga engine: several workers on one database, participants that honour keys behind a bad network, defects
 * that park, a person who retries and cancels. Each effect happens once at most, nothing is undone that cannot have happened,
 * nothing is run after an undo, and each saga ends done, undone or parked.
 */
export function sagaHunt({ store }: LibraryHuntOptions = {}): Hunted {
  return hunted('saga', {}, (world) => build(world, store))
}

async function build(world: HuntWorld, store: LibraryHuntOptions['store']): Promise<void> {
  const database = world.database('sagas', await store?.(world.runtime))
  const stock = new KeyedEffects()
  const bank = new KeyedEffects()
  const carrier = new KeyedEffects()
  const record = new SagaRecord()
  database.onCommit((commit, committed) => record.committed(commit, committed))

  let isBankDown = false
  if (world.draw('the bank goes down') < 0.3)
    world.operation(
      'outage',
      async (client) => {
        isBankDown = true
        await client.sleep(LONGEST_OUTAGE_MS * world.draw('outage'))
        isBankDown = false
      },
      { attempts: 1 },
    )
  const participants = {
    stock: world.service('stock', {
      reserve: (key: string, owner: string) => stock.run({ key, owner, amount: 1 }, () => stock.total >= STOCK),
      release: (key: string) => stock.undo(key),
    }),
    bank: world.service('bank', {
      charge: (key: string, owner: string, amount: number) => {
        if (isBankDown) throw new WatertightError('DOWN', 'The bank is down.', { retryable: true })
        return bank.run({ key, owner, amount })
      },
      refund: (key: string) => bank.undo(key),
      find: (key: string) => bank.has(key),
    }),
    carrier: world.service('carrier', {
      ship: (key: string, owner: string) => carrier.run({ key, owner, amount: 1 }),
    }),
  }
  const bug = { step: world.choose('buggy step', ['none', 'none', 'reserve', 'charge', 'ship']), left: 2 }
  const workers = ['worker-1', 'worker-2'].map((name) =>
    world.process(name, (context) => {
      const trip = tripSaga({
        stock: context.service(participants.stock),
        bank: context.service(participants.bank),
        carrier: context.service(participants.carrier),
        told(id, step, action) {
          world.trace(`${name} ${action === 'run' ? 'runs' : 'undoes'} ${step} of ${id}`)
          record.told(id, step, action)
        },
        defect: (step) => {
          if (bug.step !== step || bug.left-- <= 0) return
          throw new TypeError(`a defect in ${step}`)
        },
      })
      const engine = sagaEngine({
        store: context.store(database),
        runtime: context.runtime,
        sagas: [trip],
        limits: { lease: '4s', poll: '500ms', durableWait: '3s' },
      })
      engine.events.on('saga.refused', () => world.sometimes('a circuit refuses a step'))
      return { engine, trip }
    }),
  )
  const desk = world.route(
    'desk',
    workers,
    ({ engine, trip }) => ({
      start: async (id: string) => (await engine.start(trip, id, { price: PRICE })).repeated,
      repair: (id: string, how: 'retry' | 'cancel') => repair(engine, id, how),
    }),
    ['start', 'repair'],
  )
  const accepted = new Set<string>()
  for (const id of SAGAS) {
    world.operation(`start ${id}`, async (client) => {
      await client.service(desk).start(id)
      accepted.add(id)
    })
  }
  if (world.draw('a person cancels') < 0.3)
    world.operation('cancel a', (client) => client.service(desk).repair('a', 'cancel'))
  if (world.draw('a person retries') < 0.7)
    for (const id of SAGAS) world.operation(`retry ${id}`, (client) => client.service(desk).repair(id, 'retry'))

  world.always('charged once', () => bank.doneTwice())
  world.always('reserved once', () => stock.doneTwice())
  world.always('shipped once', () => carrier.doneTwice())
  world.always('run and undone in order', () => record.broken)
  world.always('no more in use than there is', () =>
    stock.total > STOCK ? `${stock.total} of ${STOCK} are reserved` : undefined,
  )

  const states = (): Promise<readonly (readonly [string, SagaState | undefined])[]> => read(database.store)
  world.eventually('every saga has ended or is parked', async () => {
    for (const [id, state] of await states()) {
      if (state === undefined) {
        if (accepted.has(id)) return `${id} was accepted, and is gone`
      } else if (state.status === 'running' || state.status === 'compensating') return `${id} is ${state.status}`
    }
    return undefined
  })
  world.eventually('nothing is left in the index', async () => {
    const [unfinished, hints] = [await database.store.scanRows(UNFINISHED), await database.store.scanRows(HINTS)]
    return unfinished.length + hints.length > 0 ? `${unfinished.length} unfinished, ${hints.length} hints` : undefined
  })
  world.atRest('done means done, and undone means undone', async () => {
    for (const [id, state] of await states()) {
      const broken = state && endBroken(id, state, { stock, bank, carrier })
      if (broken !== undefined) return broken
    }
    return undefined
  })
  world.atRest('how they ended', async () => {
    const all = await states()
    for (const status of ['completed', 'compensated', 'parked'])
      world.sometimes(
        `a saga is ${status}`,
        all.some(([, state]) => state?.status === status),
      )
    return undefined
  })
}

type Participants = {
  readonly stock: KeyedEffects
  readonly bank: KeyedEffects
  readonly carrier: KeyedEffects
}

function endBroken(id: string, { status }: SagaState, { stock, bank, carrier }: Participants): string | undefined {
  const held = `holds ${stock.holds(id)} reserved, ${bank.holds(id)} charged, ${carrier.holds(id)} shipped`
  const all = [stock, bank, carrier].map((model) => model.holds(id))
  if (status === 'completed' && !all.every((count) => count === 1)) return `${id} is completed, but ${held}`
  if (status === 'compensated' && all.some((count) => count !== 0)) return `${id} is compensated, but ${held}`
  return undefined
}

async function read(store: Store): Promise<readonly (readonly [string, SagaState | undefined])[]> {
  return await Promise.all(
    SAGAS.map(async (id) => {
      const { events } = await readInstance(store, { saga: 'trip', id }, 0)
      return [id, events.length === 0 ? undefined : fold(undefined, events)] as const
    }),
  )
}

async function repair(engine: SagaEngine, id: string, how: 'retry' | 'cancel'): Promise<void> {
  try {
    if (how === 'retry') await engine.retry({ saga: 'trip', id }, 'tried again')
    else await engine.cancel({ saga: 'trip', id }, 'changed their mind')
  } catch (error) {
    // Not there, not parked, over: nothing to repair.
    if (!isWatertightError(error) || !error.code.startsWith('SAGA_')) throw error
  }
}
