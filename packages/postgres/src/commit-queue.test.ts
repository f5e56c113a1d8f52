import { describe, expect, it } from 'vitest'
import { type Commit, prepareCommit, streamId } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { CommitQueue } from './commit-queue.ts'
import type { WaitingCommit } from './waiting-commit.ts'

const DONE = { ok: true, repeated: false, token: '', versions: [] } as const

let made = 0

function appendTo(...ids: readonly string[]): Commit {
  return {
    appends: ids.map((id) => ({
      stream: streamId('order', id),
      expected: 'any' as const,
      appendId: `${++made}`,
      events: [{ id: 'e', type: 't', schema: 1, data: 1, meta: { correlation: 'c', causation: 'c' } }],
    })),
  }
}

/** A database that writes when it is told to, and in which streams can be blocked. */
class SlowDatabase {
  readonly runtime = new VirtualRuntime()
  readonly queue: CommitQueue
  readonly blocked = new Set<string>()
  readonly done: string[] = []
  #underWay: { readonly names: readonly string[]; readonly patient: boolean; finish(): void }[] = []

  constructor(options: { maxGroup?: number; lanes?: number; patientLanes?: number } = {}) {
    this.queue = new CommitQueue({
      runtime: this.runtime,
      maxGroup: 100,
      lanes: 1,
      patientLanes: 2,
      limitMs: 5_000,
      ...options,
      write: (batch, patient) => this.#write(batch, patient),
    })
  }

  /** The batches under way: names, `!` for those in a lane of their own. */
  get underWay(): readonly string[] {
    return this.#underWay.map(({ names, patient }) => `${names.join(' ')}${patient ? '!' : ''}`)
  }

  run(name: string, commit: Commit): Promise<unknown> {
    return this.queue.run(prepareCommit({ ...commit, timers: { clear: [name] } })).then(() => this.done.push(name))
  }

  /** Ends the batch under way that has this name. */
  async finish(name: string): Promise<void> {
    const batch = this.#underWay.find(({ names }) => names.includes(name))
    if (!batch) throw new Error(`${name} is not under way: ${this.underWay.join(', ')}`)
    this.#underWay = this.#underWay.filter((one) => one !== batch)
    batch.finish()
    await this.runtime.advance(1)
  }

  #write(batch: readonly WaitingCommit[], patient: boolean): Promise<readonly WaitingCommit[]> {
    const names = batch.map(({ commit }) => commit.clearTimers[0] ?? '')
    return new Promise((resolve) => {
      this.#underWay.push({
        names,
        patient,
        finish: () => {
          const given = patient ? [] : batch.filter((_, i) => this.blocked.has(names[i] ?? ''))
          for (const one of batch) if (!given.includes(one)) one.resolve(DONE)
          resolve(given)
        },
      })
    })
  }
}

describe('the queue of commits', () => {
  it('puts into one batch what comes in one turn, and into the next what comes while it is under way', async () => {
    const database = new SlowDatabase()
    for (const name of ['a', 'b', 'c']) void database.run(name, appendTo(name))
    await database.runtime.advance(1)
    for (const name of ['d', 'e']) void database.run(name, appendTo(name))
    await database.runtime.advance(1)
    expect(database.underWay).toEqual(['a b c'])
    await database.finish('a')
    expect(database.underWay).toEqual(['d e'])
  })

  it('keeps a batch within its bounds', async () => {
    const database = new SlowDatabase({ maxGroup: 2, lanes: 2 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) void database.run(name, appendTo(name))
    await database.runtime.advance(1)
    expect(database.underWay).toEqual(['a b', 'c d'])
    await database.finish('c')
    expect(database.underWay).toEqual(['a b', 'e'])
  })

  it('has never two commits of one stream under way, and keeps their order', async () => {
    const database = new SlowDatabase({ lanes: 3 })
    for (const name of ['x1', 'y1', 'x2', 'x3', 'z1']) void database.run(name, appendTo(name.charAt(0)))
    await database.runtime.advance(1)
    expect(database.underWay).toEqual(['x1 y1 z1'])
    await database.finish('x1')
    expect(database.underWay).toEqual(['x2'])
    void database.run('y2', appendTo('y'))
    await database.runtime.advance(1)
    expect(database.underWay).toEqual(['x2', 'y2'])
    await database.finish('x2')
    expect(database.underWay).toEqual(['y2', 'x3'])
  })

  it('lets nobody overtake who waits for one of its streams, on another of them', async () => {
    const database = new SlowDatabase({ lanes: 2 })
    void database.run('x', appendTo('x'))
    await database.runtime.advance(1)
    void database.run('xy', appendTo('x', 'y'))
    void database.run('y', appendTo('y'))
    void database.run('z', appendTo('z'))
    await database.runtime.advance(1)
    expect(database.underWay).toEqual(['x', 'z'])
    await database.finish('x')
    expect(database.underWay).toEqual(['z', 'xy'])
    await database.finish('xy')
    expect(database.underWay).toEqual(['z', 'y'])
  })

  it('lets rows, keys, timers, checkpoints and messages stand in line as streams do', async () => {
    const database = new SlowDatabase({ lanes: 9 })
    const holder = streamId('order', 'h')
    const touching: readonly Commit[] = [
      { rows: [{ table: 't', key: 'k', value: 1 }] },
      { keys: { acquire: ['k'], holder } },
      { checkpoint: { name: 'k', from: 0, to: 1 } },
      { inbox: { consumer: 'c', generation: 0, id: 'k' } },
      { retention: [{ stream: streamId('order', 'k'), close: true }] },
    ]
    for (const [i, commit] of touching.entries()) for (const n of [1, 2]) void database.run(`${i}-${n}`, commit)
    await database.runtime.advance(1)
    expect(database.underWay).toEqual(['0-1 1-1 2-1 3-1 4-1'])
  })

  it('gives a blocked commit a lane of its own, and lets others go on, however many wait behind it', async () => {
    const database = new SlowDatabase()
    database.blocked.add('x0')
    for (let i = 0; i < 1_000; i++) void database.run(`x${i}`, appendTo('x'))
    await database.runtime.advance(1)
    await database.finish('x0')
    void database.run('y', appendTo('y'))
    await database.runtime.advance(1)
    expect(database.underWay).toEqual(['x0!', 'y'])
    await database.finish('y')
    expect(database.done).toEqual(['y'])
    await database.finish('x0')
    expect(database.underWay).toEqual(['x1'])
  })

  it('closes when all is settled, also what waits behind something blocked, and takes no more', async () => {
    const database = new SlowDatabase()
    database.blocked.add('x1')
    for (const name of ['x1', 'x2']) void database.run(name, appendTo('x'))
    await database.runtime.advance(1)
    let isClosed = false
    const closing = database.queue.close().then(() => {
      isClosed = true
    })
    await expect(database.run('late', appendTo('y'))).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    for (const name of ['x1', 'x1', 'x2']) {
      expect(isClosed).toBe(false)
      await database.finish(name)
    }
    await closing
    expect(database.done).toEqual(['x1', 'x2'])
  })
})
