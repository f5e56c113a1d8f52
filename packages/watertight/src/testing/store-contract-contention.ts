import assert from 'node:assert/strict'
import type { Committed, Fence } from '../store/commit.ts'
import type { StreamId } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import { type Contention, HELD_TYPE, type StoreCase, type StoreFixture } from './store-case.ts'
import {
  append,
  assertDone,
  assertRefused,
  freshStream,
  numbersTo,
  sampleAppend,
  sampleEvent,
  walkLog,
} from './store-contract-samples.ts'

const TTL = 10_000
/** Long enough for a call that need not wait; what is shown by waiting so long holds for slower machines too. */
const A_WHILE_MS = 60

function contentionOf({ contention }: StoreFixture): Contention {
  assert.ok(contention, 'the fixture of a concurrent store has contention')
  return contention
}

function aWhile(): Promise<void> {
  return new Promise((resolve) => systemRuntime.timer(A_WHILE_MS, resolve, true))
}

/** Commits an event whose commit is held. */
function commitHeld(store: Store, stream: StreamId, fence?: Fence): Promise<Committed> {
  return store.commit({ appends: [sampleAppend(stream, [sampleEvent(null, HELD_TYPE)])], ...(fence && { fence }) })
}

/** Begins work whose end is looked at later; until then a failure is no unhandled one. */
function begun<T>(...work: readonly Promise<T>[]): Promise<readonly T[]> {
  const all = Promise.all(work)
  all.catch(() => undefined)
  return all
}

/** Several transactions at once, stopped at the worst moment. */
export const contentionCases: readonly StoreCase[] = [
  {
    name: 'never settles behind an event whose commit is still under way',
    needs: 'concurrent',
    async run(store, fixture) {
      const other = await fixture.open()
      const { stopped, release } = await contentionOf(fixture).holdCommits()
      const [early, late] = [freshStream(), freshStream()]
      const held = begun(commitHeld(store, early))
      await stopped()
      assertDone(await append(other, late, 3))
      const reading = begun(other.readLog({ after: 0 }))
      await aWhile()
      await release()
      const [page] = await reading
      assert.ok(page)
      const { events, settled } = page
      for (const committed of await held) assertDone(committed)
      const log = await walkLog(other)
      assert.equal(log.length, 4)
      assert.deepEqual(log[0]?.stream, early)
      // It may have come less far; it may not have skipped.
      assert.deepEqual(
        events.map(({ position }) => position),
        log.map(({ position }) => position).filter((position) => position <= settled),
      )
    },
  },
  {
    name: 'keeps positions in the order of versions when a commit of two streams waits for one of them',
    needs: 'concurrent',
    async run(store, fixture) {
      const other = await fixture.open()
      for (const _ of numbersTo(8)) {
        const [blocked, shared] = [freshStream(), freshStream()]
        for (const stream of [blocked, shared]) assertDone(await append(store, stream))
        const release = await contentionOf(fixture).holdStreams([blocked])
        const waiting = begun(store.commit({ appends: [sampleAppend(blocked), sampleAppend(shared)] }))
        await aWhile()
        const overtaking = begun(append(other, shared))
        await aWhile()
        await release()
        for (const committed of [...(await waiting), ...(await overtaking)]) assertDone(committed)
        const versions = (await walkLog(store))
          .filter(({ stream }) => stream.id === shared.id)
          .map((one) => one.version)
        assert.deepEqual(versions, [1, 2, 3])
      }
    },
  },
  {
    name: 'looks at the version when it has the stream, not before',
    needs: 'concurrent',
    async run(store, fixture) {
      const other = await fixture.open()
      const stream = freshStream()
      assertDone(await append(store, stream))
      const release = await contentionOf(fixture).holdStreams([stream])
      const both = begun(append(store, stream, 1, 1), append(other, stream, 1, 1))
      await aWhile()
      await release()
      const all = await both
      assert.equal(all.filter(({ ok }) => ok).length, 1)
      for (const committed of all) if (!committed.ok) assertRefused(committed, 'CONFLICT', 2)
      assert.equal((await store.readStream(stream)).version, 2)
    },
  },
  {
    name: 'knows a repeated append whose first attempt is still under way',
    needs: 'concurrent',
    async run(store, fixture) {
      const other = await fixture.open()
      const stream = freshStream()
      assertDone(await append(store, stream))
      const release = await contentionOf(fixture).holdStreams([stream])
      const twice = sampleAppend(stream)
      const both = begun(store.commit({ appends: [twice] }), other.commit({ appends: [twice] }))
      await aWhile()
      await release()
      const all = await both
      assert.deepEqual(all.filter((committed) => committed.ok && committed.repeated).length, 1)
      for (const committed of all) assertDone(committed)
      assert.equal((await store.readStream(stream)).version, 2)
    },
  },
  {
    name: 'lets nobody wait for a stream that somebody else holds but its own commits, in order of arrival',
    needs: 'concurrent',
    async run(store, fixture) {
      const [stream, free] = [freshStream(), freshStream()]
      assertDone(await append(store, stream))
      const release = await contentionOf(fixture).holdStreams([stream])
      const blocked = begun(...numbersTo(5).map((n) => append(store, stream, n)))
      const others = numbersTo(20).map(() => append(store, free))
      for (const committed of await Promise.all(others)) assertDone(committed)
      assert.equal((await store.readStream(stream)).version, 1)
      await release()
      const versions = (await blocked).map((committed) => committed.ok && committed.versions[0])
      assert.deepEqual(versions, [2, 4, 7, 11, 16])
    },
  },
  {
    name: 'gives a lease to the next owner only when the writes of the last one under it have ended',
    needs: 'concurrent',
    async run(store, fixture) {
      const other = await fixture.open()
      const fence = await store.acquire('worker', TTL)
      assert.ok(fence)
      const { stopped, release } = await contentionOf(fixture).holdCommits()
      const stream = freshStream()
      const late = begun(commitHeld(store, stream, fence))
      await stopped()
      await fixture.advance(TTL)
      const taking = async (): Promise<readonly [epoch: number | undefined, version: number]> => {
        const taken = await other.acquire('worker', TTL)
        return [taken?.epoch, (await other.readStream(stream)).version]
      }
      const next = begun(taking())
      await aWhile()
      await release()
      const [committed] = await late
      const [seen] = await next
      assert.ok(committed && seen)
      const [epoch, version] = seen
      // It may have to try again; but once there is a new owner, nothing of the old one appears.
      if (epoch === undefined) return
      assert.ok(epoch > fence.epoch)
      assert.equal(version, committed.ok ? 1 : 0)
    },
  },
]
