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

/** How far behind those that must wait a batch is looked together, in batches. */
const LOOK_AHEAD = 4

/**
 * Group commit for a database that is reached over a network: what waits while batches are under way goes into the next one.
 * No two commits of a batch, or of batches under way, touch the same stream, row, key, timer, checkpoint or message: those
 * that do keep their order of arrival, so that nobody waits in the database for this process's own locks.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions
  #waiting: WaitingCommit[] = []
  #patient: WaitingCommit[] = []
  readonly #busy = new Set<string>()
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
    const until = this.#options.runtime.now() + this.#options.limitMs
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        commit,
        resources: resourcesOf(commit),
        bytes: bytesOf(commit),
        until,
        uncertain: false,
        resolve,
        reject,
      })
      this.#gather()
    })
  }

  /** Takes no more commits; resolves when those that wait are settled. */
  close(): Promise<void> {
    this.#closed = true
    if (this.#isIdle()) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
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
      const next = this.#patient.shift()
      if (next === undefined) break
      void this.#writePatiently(next)
    }
    while (this.#underWay < lanes) {
      const batch = this.#pick()
      if (batch.length === 0) break
      void this.#write(batch)
    }
    if (this.#isIdle()) for (const drained of this.#drained.splice(0)) drained()
  }

  #pick(): readonly WaitingCommit[] {
    const { maxGroup } = this.#options
    const picked: WaitingCommit[] = []
    const passed: WaitingCommit[] = []
    const taken = new Set<string>()
    let bytes = 0
    let looked = 0
    for (; looked < this.#waiting.length && picked.length < maxGroup && looked < maxGroup * LOOK_AHEAD; looked++) {
      const next = this.#waiting[looked]
      if (next === undefined || (picked.length > 0 && bytes + next.bytes > MOST_BYTES)) break
      const isFree = next.resources.every((resource) => !this.#busy.has(resource) && !taken.has(resource))
      // Also what one passes is taken: nobody may overtake it.
      for (const resource of next.resources) taken.add(resource)
      if (isFree) {
        picked.push(next)
        bytes += next.bytes
      } else passed.push(next)
    }
    if (picked.length > 0) this.#waiting = [...passed, ...this.#waiting.slice(looked)]
    return picked
  }

  async #write(batch: readonly WaitingCommit[]): Promise<void> {
    this.#underWay++
    this.#occupy(batch)
    const blocked = await this.#options.write(batch, false)
    this.#underWay--
    this.#patient.push(...blocked)
    this.#free(batch.filter((one) => !blocked.includes(one)))
    this.#start()
  }

  async #writePatiently(one: WaitingCommit): Promise<void> {
    this.#patientUnderWay++
    await this.#options.write([one], true)
    this.#patientUnderWay--
    this.#free([one])
    this.#start()
  }

  #occupy(batch: readonly WaitingCommit[]): void {
    for (const { resources } of batch) for (const resource of resources) this.#busy.add(resource)
  }

  #free(batch: readonly WaitingCommit[]): void {
    for (const { resources } of batch) for (const resource of resources) this.#busy.delete(resource)
  }

  #isIdle(): boolean {
    return this.#underWay + this.#patientUnderWay + this.#waiting.length + this.#patient.length === 0
  }
}
