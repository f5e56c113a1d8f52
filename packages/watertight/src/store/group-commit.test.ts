import { describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { GroupCommit, type Transactor } from './group-commit.ts'

/** A database of one list: writes of a transaction that is rolled back are gone. */
class ListDatabase implements Transactor {
  readonly durable: string[] = []
  readonly groups: string[][] = []
  readonly failures: { begin?: Error; commit?: Error } = {}
  #writes: string[] | undefined

  begin(): undefined {
    if (this.#writes) throw new Error('a transaction is open already')
    if (this.failures.begin) throw this.failures.begin
    this.#writes = []
  }

  write(what: string): string {
    if (!this.#writes) throw new Error('no transaction is open')
    this.#writes.push(what)
    return what
  }

  commit(): void {
    if (this.failures.commit && (this.#writes?.length ?? 0) > 1) throw this.failures.commit
    this.durable.push(...(this.#writes ?? []))
    this.groups.push(this.#writes ?? [])
    this.#writes = undefined
  }

  rollback(): void {
    this.#writes = undefined
  }
}

function setUp(maxGroup = 100): {
  database: ListDatabase
  group: GroupCommit
  write: (what: string) => Promise<string>
} {
  const database = new ListDatabase()
  const group = new GroupCommit({ runtime: new VirtualRuntime(), transactor: database, maxGroup })
  return { database, group, write: (what) => group.run(() => database.write(what)) }
}

describe('GroupCommit', () => {
  it('puts what waits into one transaction, in order of arrival', async () => {
    const { database, write } = setUp()
    expect(await Promise.all(['a', 'b', 'c'].map(write))).toEqual(['a', 'b', 'c'])
    expect(database.groups).toEqual([['a', 'b', 'c']])
  })

  it('gathers again while the callers of the last group go on', async () => {
    const { database, write } = setUp()
    await Promise.all(
      [1, 2, 3].map(async (lane) => {
        for (const round of ['a', 'b']) await write(`${round}${lane}`)
      }),
    )
    expect(database.groups).toEqual([
      ['a1', 'a2', 'a3'],
      ['b1', 'b2', 'b3'],
    ])
  })

  it('keeps a transaction within its bound', async () => {
    const { database, write } = setUp(2)
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(write))
    expect(database.groups).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  it('fails exactly the job that throws, and keeps nothing of it', async () => {
    const { database, group, write } = setUp()
    const bad = group.run(() => {
      database.write('half')
      throw new Error('disk error')
    })
    const all = await Promise.allSettled([write('a'), bad, write('b')])
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(database.durable).toEqual(['a', 'b'])
  })

  it('tries the jobs apart when they could not be committed together', async () => {
    const { database, write } = setUp()
    database.failures.commit = new Error('too much for one transaction')
    expect(await Promise.all(['a', 'b', 'c'].map(write))).toEqual(['a', 'b', 'c'])
    expect(database.groups).toEqual([['a'], ['b'], ['c']])
  })

  it('finds one bad job among many by halving, not by a transaction for each', async () => {
    const { database, group, write } = setUp(64)
    const bad = group.run(() => {
      throw new Error('disk error')
    })
    const all = await Promise.allSettled([bad, ...Array.from({ length: 63 }, (_, n) => write(`${n}`))])
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(database.durable).toHaveLength(63)
    expect(database.groups.length).toBeLessThan(10)
  })

  it('fails the whole group when no transaction can begin, and recovers', async () => {
    const { database, write } = setUp()
    database.failures.begin = new Error('locked')
    const failed = await Promise.allSettled(['a', 'b'].map(write))
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    delete database.failures.begin
    expect(await write('c')).toBe('c')
    expect(database.durable).toEqual(['c'])
  })

  it('finishes what waits when it closes, and refuses what comes then', async () => {
    const { database, group, write } = setUp(1)
    const waiting = ['a', 'b', 'c'].map(write)
    await group.close()
    expect(database.durable).toEqual(['a', 'b', 'c'])
    await expect(write('d')).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await Promise.all(waiting)
  })
})
