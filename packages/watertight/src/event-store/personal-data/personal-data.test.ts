import fc from 'fast-check'
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { streamId } from '../../store/event.ts'
import { memoryStore } from '../../store/memory-store.ts'
import type { Store } from '../../store/store.ts'
import { memoryTarget } from '../../testing/memory-target.ts'
import { subjectKeysContract } from '../../testing/subject-keys-contract.ts'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { send } from '../command-handler.ts'
import { decider } from '../decider.ts'
import { load } from '../load.ts'
import { projection } from '../projection.ts'
import { readRow } from '../read-row.ts'
import { runProjection } from '../run-projection.ts'
import { storeWithCommit } from '../store-with-commit.fixture.ts'
import { fieldPath, mapField } from './field-path.ts'
import { finishForgetting, forgetSubject, SUBJECT_FORGOTTEN } from './forget-subject.ts'
import { memorySubjectKeys } from './memory-subject-keys.ts'
import { type PersonalData, personalData } from './personal-data.ts'
import type { Forgotten, Opened, Personal, Sealed } from './sealed.ts'

subjectKeysContract('memory', () => ({ keys: memorySubjectKeys() }), { describe, it })

interface Registered {
  readonly name: Personal<string>
  readonly address?: { readonly street: Personal<string>; readonly country: string }
}

const nobody: Partial<Registered> = {}

const customer = decider('customer', {
  initial: nobody,
  evolve: {
    registered: (_, e: Registered) => e,
    visited: (state) => state,
  },
  decide: {
    register: (command: Registered, _state) => ({ type: 'registered', data: command }),
    visit: (_command: undefined, _state) => ({ type: 'visited', data: undefined }),
  },
  snapshot: { every: 1 },
  personal: { fields: { registered: ['name', 'address.street'] } },
})

const book = projection<Registered>('address-book', { version: 1 }).on(customer.events.registered, (_, data) => data)

describe('personal data', () => {
  let runtime: VirtualRuntime
  let store: Store
  let personal: PersonalData

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    personal = personalData({ keys: memorySubjectKeys({ runtime }), runtime })
  })

  async function everythingStored(): Promise<string> {
    const { events } = await store.readLog({ after: 0 })
    const tables = ['@snapshots/customer', book.table(), '@deliveries']
    const rows = await Promise.all(tables.map((table) => store.scanRows(table)))
    return JSON.stringify([events, rows])
  }

  const ann: Registered = { name: 'Ann Archer', address: { street: '1 Mill Lane', country: 'UK' } }

  it('is nowhere in clear: not in events, state, snapshots, inline rows, followed rows, targets', async () => {
    const target = memoryTarget()
    const other = projection<Registered>('other', { version: 1 }).on(customer.events.registered, (_, data) => data)
    const running = runProjection(other, { store, runtime, target })
    const options = { runtime, personal, inline: [book] }
    const sent = await send(store, customer, '17', customer.commands.register(ann), options)
    await runtime.advance('1s')
    const rows = [await readRow(other, store, '17', { target }), await readRow(book, store, '17')]
    const all = (await everythingStored()) + JSON.stringify([sent, rows, await load(store, customer, '17')])
    expect(all).not.toMatch(/Archer|Mill Lane/)
    expect(all).toMatch(/"country":"UK"/)
    for (const row of rows) expect(await personal.open(row)).toEqual(ann)
    expect((await store.readStream(streamId('customer', '17'))).events[0]?.subject).toBe('17')
    await running.close()
  })

  it('is unreadable everywhere once its key is deleted, and reading it gives a marker and no error', async () => {
    await send(store, customer, '17', customer.commands.register(ann), { runtime, personal, inline: [book] })
    await send(store, customer, '18', customer.commands.register({ name: 'Bob' }), { runtime, personal })
    const { forgottenAt } = await forgetSubject('17', { store, personal })
    const gone: Forgotten = { $forgotten: { subject: '17', at: forgottenAt } }
    const { state } = await load(store, customer, '17')
    const expected = { name: gone, address: { street: gone, country: 'UK' } }
    expect(await personal.open(state)).toEqual(expected)
    expect(await personal.open(await readRow(book, store, '17'))).toEqual(expected)
    expect(await personal.open((await load(store, customer, '18')).state)).toEqual({ name: 'Bob' })
  })

  it('is told to be forgotten by an event, once, however often it is asked for', async () => {
    await forgetSubject('17', { store, personal, actor: 'support' })
    await runtime.advance('1h')
    await forgetSubject('17', { store, personal })
    const { events } = await store.readLog({ after: 0, categories: ['privacy'] })
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ['privacy.forgetRequested', { subject: '17' }],
      [SUBJECT_FORGOTTEN, { subject: '17', forgottenAt: 1_707_868_800_000 }],
    ])
  })

  it.each(['before the key is deleted', 'before it is told'])(
    'is forgotten after all when a process died %s',
    async (when) => {
      await send(store, customer, '17', customer.commands.register(ann), { runtime, personal })
      let commits = 0
      const dying = storeWithCommit(store, async (commit) => {
        if (++commits === 2) throw new Error('died')
        return store.commit(commit)
      })
      const keys = { ...personal.keys, forget: () => Promise.reject(new Error('died')) }
      const doomed = when === 'before it is told' ? personal : personalData({ keys, runtime })
      await expect(forgetSubject('17', { store: dying, personal: doomed })).rejects.toThrow('died')
      const finishing = finishForgetting(personal, { store })
      await runtime.advance('1s')
      const { events } = await store.readLog({ after: 0, categories: ['privacy'] })
      expect(events.map(({ type }) => type)).toEqual(['privacy.forgetRequested', SUBJECT_FORGOTTEN])
      expect(await personal.open((await load(store, customer, '17')).state)).toMatchObject({
        name: { $forgotten: { subject: '17' } },
      })
      await finishing.close()
    },
  )

  it('that comes in after its subject was forgotten is dropped, instead of kept under a new key', async () => {
    await forgetSubject('17', { store, personal })
    await send(store, customer, '17', customer.commands.register(ann), { runtime, personal })
    expect(await everythingStored()).not.toMatch(/Archer|\$sealed/)
    expect((await load(store, customer, '17')).state.name).toMatchObject({ $forgotten: { subject: '17' } })
  })

  it('does not hinder the recognition of a repeated command', async () => {
    const options = { runtime, personal, idempotencyKey: 'k' }
    const sends = [1, 2, 3].map(() => send(store, customer, '17', customer.commands.register(ann), options))
    const sent = await runtime.run(Promise.all(sends))
    expect(sent.filter((one) => one.ok && !one.repeated)).toHaveLength(1)
  })

  it('is refused by a command when there is nobody to seal it', async () => {
    const sent = send(store, customer, '17', customer.commands.register(ann), { runtime })
    await expect(sent).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    expect(await send(store, customer, '17', customer.commands.visit(undefined), { runtime })).toMatchObject({
      ok: true,
    })
  })

  it('is not sealed twice, and what was forgotten stays so', async () => {
    const once = await personal.seal('17', 'Ann')
    expect(await personal.seal('17', once)).toBe(once)
    const gone: Forgotten = { $forgotten: { subject: '17' } }
    expect(await personal.seal('17', gone)).toBe(gone)
  })

  it('opens to what was sealed, whatever JSON it is, and the same value seals to the same text for its subject only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const sealed = await personal.seal('17', value)
        expect(await personal.open({ deep: [sealed] })).toEqual({ deep: [JSON.parse(JSON.stringify(value))] })
        expect(await personal.seal('17', value)).toEqual(sealed)
        expect(await personal.seal('18', value)).not.toEqual(sealed)
        expect(await personal.seal('17', value, 'acme')).not.toEqual(sealed)
      }),
      { numRuns: 50 },
    )
  })

  it('that was changed, cut, or moved to somebody else is said to be corrupt', async () => {
    const { $sealed } = (await personal.seal('17', 'Ann')) as Sealed
    await personal.seal('18', 'Bob')
    const flipped = Buffer.from($sealed.text, 'base64')
    flipped[14] = (flipped[14] ?? 0) ^ 1
    for (const changed of [
      { ...$sealed, text: flipped.toString('base64') },
      { ...$sealed, text: $sealed.text.slice(0, 20) },
      { ...$sealed, text: '' },
      { ...$sealed, subject: '18' },
    ]) {
      await expect(personal.open({ $sealed: changed })).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
  })

  it('of a subject whose key nobody has is forgotten too', async () => {
    const sealed = await personal.seal('17', 'Ann')
    const elsewhere = personalData({ keys: memorySubjectKeys() })
    expect(await elsewhere.open(sealed)).toEqual({ $forgotten: { subject: '17' } })
  })

  it('has types that say what may be forgotten', async () => {
    expect(await personal.open({ b: 1 })).toEqual({ b: 1 })
    expectTypeOf<Opened<{ a: Sealed<string>; b: number; c: readonly Sealed<Date[]>[] }>>().toEqualTypeOf<{
      readonly a: string | Forgotten
      readonly b: number
      readonly c: readonly (Date[] | Forgotten)[]
    }>()
  })

  it('is refused for an event the decider does not have, and for a path that is none', () => {
    const options = { initial: {}, evolve: { known: (state: object) => state }, decide: {} }
    const fields: object = { unknown: ['name'] }
    expect(() => decider('a', { ...options, personal: { fields } })).toThrow(/an event that evolve has/)
    expect(() => decider('a', { ...options, personal: { fields: { known: ['a..b'] } } })).toThrow(/the path of a field/)
  })
})

describe('a field path', () => {
  const seal = async (value: unknown): Promise<unknown> => `<${String(value)}>`

  it.each([
    ['name', { name: 'Ann', id: 1 }, { name: '<Ann>', id: 1 }],
    ['address.street', { address: { street: 's', zip: 'z' } }, { address: { street: '<s>', zip: 'z' } }],
    [
      'guests.*.name',
      { guests: [{ name: 'a' }, { name: 'b' }, {}] },
      { guests: [{ name: '<a>' }, { name: '<b>' }, {}] },
    ],
    ['notes.*', { notes: { x: 1, y: 2 } }, { notes: { x: '<1>', y: '<2>' } }],
    ['list.1', { list: ['a', 'b'] }, { list: ['a', '<b>'] }],
    ['missing.name', { id: 1 }, { id: 1 }],
    ['name', { name: null }, { name: null }],
    ['name.first', 'text', 'text'],
  ])('%s of %j', async (path, data, expected) => {
    expect(await mapField(data, fieldPath(path), seal)).toEqual(expected)
  })
})
