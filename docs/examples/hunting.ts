import { hunt, hunted, type HuntWorld, KeyedEffects } from 'watertight/simulation'
import { type Input, saga, sagaEngine, type StepContext } from 'watertight/saga'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region saga
interface Hotels {
  book(key: string, guest: string): Promise<string>
  cancel(key: string): Promise<unknown>
}

const trip = (hotels: Hotels, keyOf: (context: StepContext<string, unknown>) => string) =>
  saga('trip', { version: 1 }, (steps: Input<string>) =>
    steps.step('hotel', {
      run: (context) => hotels.book(keyOf(context), context.input),
      undo: ({ key }) => hotels.cancel(key),
      timeout: '2s',
    }),
  )
// #endregion

// #region hunted
function build(world: HuntWorld, keyOf: (context: StepContext<string, unknown>) => string): void {
  const rooms = new KeyedEffects()
  const hotels = world.service('hotels', {
    book: (key: string, guest: string) => rooms.run({ key, owner: guest, amount: 1 }),
    cancel: (key: string) => rooms.undo(key),
  })
  const database = world.database('trips')
  const workers = ['worker-1', 'worker-2'].map((name) =>
    world.process(name, (p) => {
      const definition = trip(p.service(hotels), keyOf)
      const engine = sagaEngine({ store: p.store(database), runtime: p.runtime, sagas: [definition] })
      return { start: (guest: string) => engine.start(definition, guest, guest).then(() => 'started') }
    }),
  )
  const desk = world.route('desk', workers, (worker) => worker, ['start'])
  for (const guest of ['ann', 'bob']) world.operation(guest, (client) => client.service(desk).start(guest))

  world.always('nobody has two rooms', () => rooms.doneTwice())
  world.eventually('everybody has a room', () => (rooms.total < 2 ? `${rooms.total} rooms are taken` : undefined))
}
// #endregion

// #region hunt
const good = hunted('trip', {}, (world) => build(world, ({ key }) => key))
const report = await hunt(good, { seeds: 300 })
print(`with the key of the step: ${report.holds ? 'holds' : 'does not hold'}`)

const bad = hunted('trip', {}, (world) => build(world, ({ key, attempt }) => `${key}/${attempt}`))
const { finding } = await hunt(bad, { seeds: 300 })
print(`with a key for each attempt: ${finding?.violation.name ?? 'holds'}`)
// #endregion
