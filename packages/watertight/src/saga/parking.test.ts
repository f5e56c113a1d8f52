import { beforeEach, describe, expect, it } from 'vitest'
import { reject } from '../event-store/rejection.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { saga } from './definition.ts'
import type { SagaEngine } from './engine.ts'
import { sagaEngine } from './engine.ts'
import type { Input } from './saga-input.ts'
import { PARKED, UNFINISHED } from './unfinished-index.ts'

let runtime: VirtualRuntime
let store: Store
let log: string[]
/** What the steps do; they work when there is nothing here. */
let broken: Record<string, () => unknown>
let engine: SagaEngine

const act = (name: string) => () => {
  log.push(name)
  return broken[name]?.() ?? name
}
const bug = (): never => {
  throw new TypeError('bug')
}
const trip = saga(
  'trip',
  { version: 1, recordEnd: ({ sagaId, outcome }) => ({ rows: [{ table: 'ends', key: sagaId, value: outcome }] }) },
  (s: Input<string>) =>
    s
      .step('flight', {
        run: act('flight'),
        undo: act('undo flight'),
        undoRetry: { attempts: 2 },
        record: ({ result, key }) => ({ rows: [{ table: 'booked', key, value: result }] }),
      })
      .step('hotel', { run: act('hotel'), undo: act('undo hotel') })
      .pivot()
      .step('ticket', { run: act('ticket') }),
)
const one = { saga: 'trip', id: '1' }
const status = async () => (await engine.inspect(one))?.status

beforeEach(async () => {
  runtime = new VirtualRuntime()
  store = memoryStore({ runtime })
  log = []
  broken = {}
  engine = sagaEngine({ store, runtime, sagas: [trip] })
  await runtime.advance(1)
})

async function parkedAt(what: Record<string, () => unknown>): Promise<void> {
  broken = what
  await runtime.run(engine.start(trip, '1', 'x'))
  await runtime.advance('1m')
  expect(await status()).toBe('parked')
}

describe('a parked saga', () => {
  it('is listed with its cause, and with what it was doing, and its end is recorded with it', async () => {
    await parkedAt({ hotel: bug })
    expect(await engine.parked()).toMatchObject([
      { ...one, version: 1, while: 'running', cause: { kind: 'defect', step: 'hotel', message: 'bug' } },
    ])
    expect((await store.row('ends', '1'))?.value).toBe('parked')
    expect(await store.scanRows(UNFINISHED)).toEqual([])
    expect(engine.active).toBe(0)
  })

  it('tries again when told to, and is listed no more', async () => {
    await parkedAt({ hotel: bug })
    broken = {}
    await engine.retry(one)
    await runtime.advance('1s')
    expect(await status()).toBe('completed')
    expect(await store.scanRows(PARKED)).toEqual([])
    expect((await store.row('ends', '1'))?.value).toBe('completed')
  })

  it('goes on without a step that is skipped', async () => {
    await parkedAt({ hotel: bug })
    await engine.skip(one, 'hotel', 'they sleep at friends')
    await runtime.advance('1s')
    expect(await engine.inspect(one)).toMatchObject({
      status: 'completed',
      steps: { hotel: 'skipped', ticket: 'done' },
    })
  })

  it('takes a result from a person, with what the step would have recorded', async () => {
    await parkedAt({ flight: bug })
    await engine.supply(one, 'flight', 'seat 1A')
    await runtime.advance('1s')
    expect(await engine.inspect(one)).toMatchObject({ status: 'completed', results: { flight: 'seat 1A' } })
    expect((await store.row('booked', '1/flight'))?.value).toBe('seat 1A')
  })

  it('turns back when it is cancelled, and undoes the step it stood at as well', async () => {
    await parkedAt({ hotel: bug })
    await engine.cancel(one, 'too expensive')
    await runtime.advance('1s')
    expect(await engine.inspect(one)).toMatchObject({ status: 'compensated', cause: { kind: 'cancelled' } })
    expect(log).toEqual(['flight', 'hotel', 'undo hotel', 'undo flight'])
  })

  it('with a failing undo: keeps why it turned back, and goes on when the undo is skipped', async () => {
    await parkedAt({ hotel: () => reject('FULL'), 'undo flight': bug })
    expect(await engine.parked()).toMatchObject([
      { while: 'compensating', cause: { kind: 'undoFailed', step: 'flight' } },
    ])
    await expect(engine.supply(one, 'flight', 1)).rejects.toMatchObject({ code: 'SAGA_TURNED_BACK' })
    await engine.skip(one, 'flight', 'refunded by hand')
    await runtime.advance('1s')
    expect(await engine.inspect(one)).toMatchObject({
      status: 'compensated',
      cause: { kind: 'rejected', code: 'FULL' },
    })
  })

  it('is parked, not undone, when a step behind the pivot says no; and can not be cancelled there', async () => {
    await parkedAt({ ticket: () => reject('NO_PAPER') })
    expect(log).toEqual(['flight', 'hotel', 'ticket'])
    await expect(engine.cancel(one, 'too late')).rejects.toMatchObject({ code: 'SAGA_PAST_PIVOT' })
    await engine.supply(one, 'ticket', 'by hand')
    expect(await status()).toBe('completed')
  })

  it('refuses what does not fit: another step, an instance that is not parked, one that does not exist', async () => {
    await parkedAt({ hotel: bug })
    await expect(engine.skip(one, 'flight', 'x')).rejects.toMatchObject({ code: 'SAGA_OTHER_STEP' })
    await expect(engine.retry({ saga: 'trip', id: '2' })).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' })
    await engine.skip(one, 'hotel', 'x')
    await expect(engine.retry(one)).rejects.toMatchObject({ code: 'SAGA_NOT_PARKED' })
  })

  it('is changed by one of two people who act at once, never by both', async () => {
    await parkedAt({ hotel: bug })
    const acts = [engine.skip(one, 'hotel', 'a'), engine.supply(one, 'hotel', 'b'), engine.cancel(one, 'c')]
    const results = await runtime.run(Promise.allSettled(acts))
    await runtime.advance('1s')
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  })
})

describe('a running saga', () => {
  const hang = () => new Promise(() => {})

  it('turns back when it is cancelled in the middle of a step, whose signal is aborted and whose undo is not', async () => {
    broken = { hotel: hang }
    await runtime.run(engine.start(trip, '1', 'x'))
    await runtime.advance('1s')
    await engine.cancel(one, 'changed my mind')
    await engine.cancel(one, 'changed my mind again')
    await runtime.advance('1m')
    expect(await status()).toBe('compensated')
    expect(log).toEqual(['flight', 'hotel', 'undo hotel', 'undo flight'])
  })

  it('can not be rolled back twice by a worker that resumes late', async () => {
    broken = { hotel: () => reject('FULL'), 'undo hotel': hang, 'undo flight': hang }
    await runtime.run(engine.start(trip, '1', 'x'))
    await runtime.advance(100)
    await runtime.run(engine.close({ drain: 0 }))
    broken = {}
    engine = sagaEngine({ store, runtime, sagas: [trip] })
    await runtime.advance('1m')
    expect(await status()).toBe('compensated')
    const { events } = await store.readStream({ tenant: 'default', category: 'saga-trip', id: '1' })
    const types = events.map(({ type }) => type)
    expect(types.filter((type) => type === 'saga.compensating')).toHaveLength(1)
    expect(types.filter((type) => type === 'saga.undone')).toHaveLength(1)
    expect(log).toEqual(['flight', 'hotel', 'undo flight', 'undo flight'])
  })
})
