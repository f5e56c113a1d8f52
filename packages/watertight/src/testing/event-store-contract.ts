import assert from 'node:assert/strict'
import { decider } from '../event-store/decider.ts'
import { load } from '../event-store/load.ts'
import { reject } from '../event-store/rejection.ts'
import { send } from '../event-store/command-handler.ts'
import type { SnapshotOptions } from '../event-store/snapshot.ts'
import { subscribe } from '../event-store/subscription.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { StoredEvent } from '../store/event.ts'
import type { StoreCapabilities, StoreCase, StoreFixture } from './store-case.ts'
import { append, fresh, freshStream, numbersTo, versionOf } from './store-contract-samples.ts'
import { runStoreCases } from './store-contract.ts'
import type { TestApi } from './test-api.ts'

const LOOKS = 4_000

/** Waits for what happens in the background, while time passes for both: the store's clock and the real one. */
async function until({ advance }: StoreFixture, isSo: () => boolean): Promise<void> {
  for (let looks = 0; !isSo(); looks++) {
    assert.ok(looks < LOOKS, 'it never happens')
    await advance(1)
    await new Promise<void>((resolve) => systemRuntime.timer(2, resolve, true))
  }
}

interface Tank {
  readonly liters: number
  readonly fillings: number
}

const empty: Tank = { liters: 0, fillings: 0 }

function tank(snapshot?: SnapshotOptions<Tank>) {
  return decider('tank', {
    initial: empty,
    evolve: {
      filled: ({ liters, fillings }, e: { readonly liters: number }) => ({
        liters: liters + e.liters,
        fillings: fillings + 1,
      }),
    },
    decide: {
      pour: (command: { readonly liters: number; readonly most: number }, { liters }) =>
        liters + command.liters > command.most
          ? reject('FULL', { liters })
          : { type: 'filled' as const, data: { liters: command.liters } },
    },
    ...(snapshot && { snapshot }),
  })
}

/** What it was before its contents were counted in liters. */
const oldTank = decider('tank', {
  initial: 0,
  evolve: { filled: (pints: number, e: { readonly pints: number }) => pints + e.pints },
  decide: { pour: (command: { readonly pints: number }, _pints) => ({ type: 'filled' as const, data: command }) },
})

const newTank = decider('tank', {
  initial: 0,
  evolve: { filled: (liters: number, e: { readonly liters: number }) => liters + e.liters },
  decide: { pour: (command: { readonly liters: number }, _liters) => ({ type: 'filled' as const, data: command }) },
  upcast: { 'filled@1': ({ pints }) => ({ liters: Number(pints) / 2 }) },
})

/** Subscriptions, members, deciders, snapshots and upcasting, as an adapter carries them. */
export const eventStoreCases: readonly StoreCase[] = [
  {
    name: 'lets a subscription catch up, go live, stop, and go on behind its checkpoint',
    async run(store, fixture) {
      const seen: number[] = []
      const name = fresh('reader')
      const start = () =>
        subscribe({
          store,
          name,
          batch: 2,
          handle: (events) => {
            seen.push(...events.map(({ position }) => position))
          },
        })
      await append(store, freshStream(), 5)
      const first = start()
      await until(fixture, () => seen.length === 5)
      await append(store, freshStream(), 2)
      await until(fixture, () => seen.length === 7)
      await first.close()
      await append(store, freshStream(), 3)
      const second = start()
      await until(fixture, () => seen.length === 10)
      await second.close()
      assert.deepEqual(
        seen,
        (await store.readLog({ after: 0 })).events.map(({ position }) => position),
      )
    },
  },
  {
    name: 'commits what a handler returns together with its checkpoint, though it failed before',
    async run(store, fixture) {
      await append(store, freshStream(), 4)
      let tries = 0
      let handled = 0
      const counting = subscribe({
        store,
        name: fresh('reader'),
        retryDelay: 1,
        handle: (events: readonly StoredEvent[], { attempt }) => {
          tries = Math.max(tries, attempt)
          if (attempt < 3) throw new Error('not yet')
          return {
            rows: events.map(({ position }) => ({ table: 'seen', key: `${position}`, value: position, ifVersion: 0 })),
          }
        },
      })
      counting.on('failed', () => undefined)
      counting.on('handled', ({ events }) => {
        handled += events
      })
      await until(fixture, () => handled === 4)
      await counting.close()
      assert.equal(tries, 3)
      assert.equal((await store.scanRows('seen')).length, 4)
    },
  },
  {
    name: 'runs one of the members of a subscription at a time, on whichever store, and the next one when it goes',
    needs: 'shared',
    async run(store, fixture) {
      const stores = [store, await fixture.open()]
      const name = fresh('reader')
      const seen: (readonly [member: number, position: number])[] = []
      const members = stores.map((one, member) =>
        subscribe({
          store: one,
          name,
          leaseTtl: '1s',
          handle: (events) => {
            seen.push(...events.map(({ position }) => [member, position] as const))
          },
        }),
      )
      await append(store, freshStream(), 3)
      await until(fixture, () => seen.length === 3)
      assert.equal(members.filter(({ active }) => active).length, 1)
      const owner = members.findIndex(({ active }) => active)
      await members[owner]?.close()
      await append(store, freshStream(), 2)
      await until(fixture, () => seen.length === 5)
      await members[1 - owner]?.close()
      assert.deepEqual(
        seen.map(([member]) => member),
        [owner, owner, owner, 1 - owner, 1 - owner],
      )
      assert.equal(new Set(seen.map(([, position]) => position)).size, 5)
    },
  },
  {
    name: 'decides the same with snapshots as without them',
    async run(store) {
      const [with3, without] = [tank({ every: 3 }), tank()]
      const [one, two] = [fresh('tank'), fresh('tank')]
      for (const n of numbersTo(11)) {
        const command = { liters: n, most: 40 }
        const both = [
          await send(store, with3, one, with3.commands.pour(command)),
          await send(store, without, two, without.commands.pour(command)),
        ]
        assert.deepEqual(
          both.map((sent) => (sent.ok ? sent.version : sent.rejection.code)),
          Array(2).fill(n <= 8 ? n : 'FULL'),
        )
      }
      assert.deepEqual((await load(store, with3, one)).state, (await load(store, without, two)).state)
      assert.deepEqual((await load(store, without, one)).state, { liters: 36, fillings: 8 })
      assert.ok((await store.row('@snapshots/tank', one)) !== undefined)
    },
  },
  {
    name: 'lifts old events to their new shape when they are read, and leaves them as they were stored',
    async run(store) {
      const id = fresh('tank')
      await send(store, oldTank, id, oldTank.commands.pour({ pints: 8 }))
      await send(store, newTank, id, newTank.commands.pour({ liters: 3 }))
      assert.equal((await load(store, newTank, id)).state, 7)
      const { events } = await store.readStream({ tenant: 'default', category: 'tank', id })
      assert.deepEqual(
        events.map(({ schema, data }) => [schema, data]),
        [
          [1, { pints: 8 }],
          [2, { liters: 3 }],
        ],
      )
    },
  },
  {
    name: 'decides again when somebody was faster, so that commands sent at once all count',
    needs: 'shared',
    async run(store, { open }) {
      const stores = [store, await open()]
      const definition = tank()
      const id = fresh('tank')
      const sent = await Promise.all(
        numbersTo(12).map((n) =>
          send(stores[n % 2] ?? store, definition, id, definition.commands.pour({ liters: 10, most: 60 }), {
            attempts: 50,
          }),
        ),
      )
      assert.equal(sent.filter(({ ok }) => ok).length, 6)
      assert.deepEqual((await load(store, definition, id)).state, { liters: 60, fillings: 6 })
    },
  },
  {
    name: 'handles a command once that comes several times at once under its idempotency key',
    needs: 'shared',
    async run(store, { open }) {
      const stores = [store, await open()]
      const definition = tank()
      const id = fresh('tank')
      const sent = await Promise.all(
        numbersTo(6).map((n) =>
          send(stores[n % 2] ?? store, definition, id, definition.commands.pour({ liters: 10, most: 15 }), {
            idempotencyKey: 'once',
            attempts: 50,
          }),
        ),
      )
      assert.deepEqual(
        sent.map((one) => one.ok && one.version),
        Array(6).fill(1),
      )
      assert.equal(sent.filter((one) => one.ok && !one.repeated).length, 1)
      assert.equal(await versionOf(store, { tenant: 'default', category: 'tank', id }), 1)
    },
  },
]

/**
 * The contract of the store port as the event store uses it: subscriptions, competing members, command handling, snapshots,
 * upcasting. Runs on the system runtime, beside whatever clock the adapter has.
 *
 * @example
 * eventStoreContract('memory', makeFixture, { runner: { describe, it } })
 */
export function eventStoreContract(
  name: string,
  makeFixture: () => Promise<StoreFixture>,
  options: StoreCapabilities & { readonly runner: TestApi },
): void {
  runStoreCases(`${name} carries the event store`, eventStoreCases, makeFixture, options)
}
