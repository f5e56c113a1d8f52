import type { Runtime } from 'watertight'
import { type Committed, type PreparedCommit, storeClosed } from 'watertight/store'
import { bytesOf, resourcesOf, type WaitingCommit } from './waiting-commit.ts'

/** Writes a batch. Settles each commit, but those it gives back: they would hold up the others. Never rejects. */
export type WriteBatch = (batch: readonly WaitingCommit[], patient: boolean) => Promise<readonly WaitingCommit[]>

export interface CommitQueueOptions {
  readonly runtime: Runtime
  readonly write: WriteBatch
  /** Most commits in one batch. */
  readonly maxGroup: number
  /** Most batches under way at once. */
  readonly lanes: number
  /** Most commits at once that would hold up others, each in a lane of its own. */
  readonly patientLanes: number
  /** How long a commit may be tried again. */
  readonly limitMs: number
}

/** Most payload in one batch, in UTF-16 units; a single commit may be larger. */
const MOST_BYTES = 4 * 1024 * 1024

/**
 * So many that are ready are shared among the free lanes. Callers who wait for each other's batch come again all at once: in one
 * batch they would go through the processor and the disk one after the other; in two, one is computed while the other is synced.
 */
const WORTH_SPLITTING = 64

interface Queued extends WaitingCommit {
  /** How many of those it stands behind are not done: one for each resource. */
  ahead: number
  /** Those that stand directly behind it. */
  readonly behind: Queued[]
}

/**
 * Group commit for a database that is reached over a network: what comes while batches are under way goes into the next one.
 *
 * Commits that touch the same stream, row, key, timer, checkpoint or message stand in line, in order of arrival: each is ready
 * when it is the first in all its lines. So no two commits of a batch, or of batches under way, meet in the database, and
 * nobody waits there for this process's own locks.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions
  /** The last in line for each resource. */
  readonly #last = new Map<string, Queued>()
  #ready: Queued[] = []
  #blocked: Queued[] = []
  #unsettled = 0
  #underWay = 0
  #patientUnderWay = 0
  #isGathering = false
  #closed = false
  #drained: (() => void)[] = []

  constructor(options: CommitQueueOptions) {
    this.#options = options
  }

  /** Rejects with `STORE_CLOSED` after {@link close}. */
  run(commit: PreparedCommit): Promise<Committed> {
    if (this.#closed) return Promise.reject(storeClosed())
    return new Promise((resolve, reject) => {
      this.#enqueue({
        commit,
        resources: resourcesOf(commit),
        bytes: bytesOf(commit),
        until: this.#options.runtime.now() + this.#options.limitMs,
        uncertain: false,
        ahead: 0,
        behind: [],
        resolve,
        reject,
      })
      this.#gather()
    })
  }

  /** Takes no more commits; resolves when those that wait are settled. */
  close(): Promise<void> {
    this.#closed = true
    if (this.#unsettled === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  #enqueue(one: Queued): void {
    this.#unsettled++
    for (const resource of one.resources) {
      const before = this.#last.get(resource)
      before?.behind.push(one)
      if (before) one.ahead++
      this.#last.set(resource, one)
    }
    if (one.ahead === 0) this.#ready.push(one)
  }

  #done(one: Queued): void {
    this.#unsettled--
    for (const resource of one.resources) if (this.#last.get(resource) === one) this.#last.delete(resource)
    for (const next of one.behind) if (--next.ahead === 0) this.#ready.push(next)
  }

  #gather(): void {
    if (this.#isGathering || this.#underWay >= this.#options.lanes) return
    this.#isGathering = true
    this.#options.runtime.turn(() => {
      this.#isGathering = false
      this.#start()
    })
  }

  #start(): void {
    const { lanes, patientLanes } = this.#options
    while (this.#patientUnderWay < patientLanes) {
      const next = this.#blocked.shift()
      if (next === undefined) break
      void this.#writePatiently(next)
    }
    while (this.#underWay < lanes && this.#ready.length > 0) void this.#write(this.#pick(this.#share(lanes)))
    if (this.#unsettled === 0) for (const drained of this.#drained.splice(0)) drained()
  }

  /** How many are for the next lane. */
  #share(lanes: number): number {
    const { length } = this.#ready
    const most = length < WORTH_SPLITTING ? length : Math.ceil(length / (lanes - this.#underWay))
    return Math.min(this.#options.maxGroup, most)
  }

  #pick(most: number): readonly Queued[] {
    let [count, bytes] = [0, 0]
    for (const { bytes: more } of this.#ready) {
      if (count === most || (count > 0 && bytes + more > MOST_BYTES)) break
      count++
      bytes += more
    }
    return this.#ready.splice(0, count)
  }

  async #write(batch: readonly Queued[]): Promise<void> {
    this.#underWay++
    const blocked = new Set(await this.#options.write(batch, false))
    this.#underWay--
    for (const one of batch) {
      if (blocked.has(one)) this.#blocked.push(one)
      else this.#done(one)
    }
    this.#start()
  }

  async #writePatiently(one: Queued): Promise<void> {
    this.#patientUnderWay++
    await this.#options.write([one], true)
    this.#patientUnderWay--
    this.#done(one)
    this.#start()
  }
}
