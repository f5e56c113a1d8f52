import { describe, expect, it } from 'vitest'
import type { Commit } from '../../store/commit.ts'
import { streamId } from '../../store/event.ts'
import { memoryStore } from '../../store/memory-store.ts'
import type { Store } from '../../store/store.ts'
import { storeCases } from '../../testing/store-contract.ts'
import type { World } from '../kernel/world.ts'
import type { Database } from './database.ts'
import { huntBench } from './hunt-bench.fixture.ts'
import type { HuntWorld } from './hunt-world.ts'
import type { SimulatedProcess } from './simulated-process.ts'

interface Bench {
  readonly world: World
  readonly hunt: HuntWorld
  readonly database: Database
  readonly process: SimulatedProcess<Store>
  readonly store: Store
}

/** A process with a connection to a database, and the faults that are named. */
async function bench(faults: readonly string[], pace: number = 1): Promise<Bench> {
  const { world, hunt } = huntBench(faults, pace)
  const database = hunt.database('db')
  const process = hunt.process('p', (context) => context.store(database))
  process.start()
  await world.runUntil(1)
  if (process.running === undefined) throw new Error('the process did not start')
  return { world, hunt, database, process, store: process.running }
}

const append: Commit = {
  appends: [
    {
      stream: streamId('s', '1'),
      expected: 'absent',
      appendId: 'a',
      events: [{ id: 'e', type: 's.happened', schema: 1, data: 1, meta: { correlation: 'c', causation: 'c' } }],
    },
  ],
}

async function written({ world, database }: Bench): Promise<number> {
  return (await world.run(database.store.readLog({ after: 0 }))).events.length
}

describe('a faulty store without faults keeps the contract of the store', () => {
  it.each(storeCases.filter(({ needs }) => needs === undefined).map(({ name, run }) => [name, run] as const))(
    '%s',
    async (_, run) => {
      const { world, store } = await bench([], 0)
      const advance = (ms: number): Promise<void> => new Promise((resolve) => world.schedule(world.now() + ms, resolve))
      const open = async (): Promise<Store> => store
      // Cases that wait for a turn of the real event loop find the world still going.
      const goOn = (): void => world.schedule(world.now() + 1, goOn)
      goOn()
      const outcome = world.run(run(store, { open, advance, dispose: () => store.close() }))
      await expect(outcome).resolves.toBeUndefined()
    },
  )
})

describe('a faulty store', () => {
  it('says that it is unavailable, and did nothing, when the request is lost', async () => {
    const all = await bench(['p.db.commit#0:requestLost'])
    await expect(all.world.run(all.store.commit(append))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await written(all)).toBe(0)
  })

  it('says that it is unavailable, and did it all the same, when the answer is lost', async () => {
    const all = await bench(['p.db.commit#0:answerLost'])
    await expect(all.world.run(all.store.commit(append))).rejects.toMatchObject({ retryable: true })
    expect(await written(all)).toBe(1)
    expect(await all.world.run(all.store.commit(append))).toMatchObject({ ok: true, repeated: true })
  })

  it('does it long after it said that it was unavailable when the request is late', async () => {
    const all = await bench(['p.db.commit#0:late'])
    await expect(all.world.run(all.store.commit(append))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect([await written(all), all.hunt.underWay]).toEqual([0, 1])
    await all.world.runUntil(60_000)
    expect([await written(all), all.hunt.underWay]).toEqual([1, 0])
  })

  it.each([
    ['crashBefore', 0],
    ['crashAfter', 1],
  ])('lets its process die: %s leaves %i commits, no answer, and another life', async (kind, commits) => {
    const all = await bench([`p.db.commit#0:${kind}`])
    let isAnswered = false
    void all.store.commit(append).finally(() => {
      isAnswered = true
    })
    await all.world.runUntil(60_000)
    expect([await written(all), isAnswered]).toEqual([commits, false])
    expect(all.process.running).not.toBe(all.store)
  })

  it('breaks all connections when the database restarts, and works again when it is up', async () => {
    const all = await bench(['p.db.row#0:databaseRestart'])
    const waits = all.store.changed(0, new AbortController().signal)
    const both = Promise.allSettled([waits, all.store.row('t', 'k')])
    expect((await all.world.run(both))[0]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } })
    await all.world.runUntil(60_000)
    expect(await all.world.run(all.store.commit(append))).toMatchObject({ ok: true })
  })

  it('reads and does not write while the disk is full', async () => {
    const all = await bench(['p.db.commit#0:diskFull'])
    await expect(all.world.run(all.store.commit(append))).rejects.toThrow('disk is full')
    expect(await all.world.run(all.store.row('t', 'k'))).toBeUndefined()
    await all.world.runUntil(60_000)
    expect(await all.world.run(all.store.commit(append))).toMatchObject({ ok: true })
  })

  it('may give a hint of a change that there was not', async () => {
    const all = await bench(['p.db.changed#0:falseHint'])
    await all.world.run(all.store.changed(0, new AbortController().signal))
    expect(await written(all)).toBe(0)
  })

  it('ends a wait for changes with its signal, and keeps no connection for it', async () => {
    const { world, store } = await bench([])
    const waiting = new AbortController()
    const waits = store.changed(0, waiting.signal)
    await world.runUntil(10)
    waiting.abort()
    await expect(world.run(waits)).resolves.toBeUndefined()
  })

  it('is closed for the life that closed it, and open for the next', async () => {
    const all = await bench([])
    await all.store.close()
    await expect(all.store.commit(append)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    all.process.crash()
    all.process.start()
    await all.world.runUntil(10)
    expect(await all.world.run(all.process.running?.commit(append) ?? Promise.reject(new Error('down')))).toMatchObject(
      {
        ok: true,
      },
    )
  })

  it('stands in for any store', () => {
    const { world, hunt } = huntBench()
    const own = memoryStore({ runtime: world })
    expect(hunt.database('own', own).store).toBe(own)
  })
})
