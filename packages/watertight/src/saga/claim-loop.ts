import type { Runtime, Timer } from '../runtime/runtime.ts'
import { isWatertightError } from '../runtime/error.ts'
import type { Fence } from '../store/commit.ts'
import type { KeyedRow, Store } from '../store/store.ts'
import type { SagaDefinition } from './definition.ts'
import { definitionKey } from './definition.ts'
import { readInstance } from './instance-commit.ts'
import type { InstancePool } from './instance-pool.ts'
import type { OwnedLease } from '../store/owned-lease.ts'
import { fold } from './state.ts'
import type { InstanceId, UnfinishedRow } from './unfinished-index.ts'
import { categoryOf, HINTS, instanceKey, UNFINISHED } from './unfinished-index.ts'

const PAGE = 500
/** How many instances are read from the store at once. */
const LOADS = 32
/** So long after a start of unknown fate it is looked for in the index, and so often: its commit may be late. */
const DOUBT_MS = 60_000
const DOUBT_SCAN_MS = 5_000
/** Below this share of the limit, the instances that found no room are looked for again. */
const ROOM_AGAIN = 0.8

export interface ClaimLoopOptions {
  readonly runtime: Runtime
  readonly store: Store
  readonly pool: InstancePool
  readonly lease: OwnedLease
  readonly definitions: ReadonlyMap<string, SagaDefinition>
  readonly pollMs: number
  readonly maxActive: number
  /** Called with each round, owner or not. */
  readonly onRound: () => Promise<void>
}

/**
 * Brings instances into memory: all unfinished ones when the lease is won, later those that somebody hints at, those whose
 * durable timer is due, and those that found no room. Reads the index of unfinished instances, never the log.
 */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions
  #next: Timer | undefined
  #round: Promise<void> = Promise.resolve()
  #scanWanted = false
  #scannedAt = 0
  /** Until then something may come to stand in the index that nobody was told of. */
  #doubtUntil = 0
  /** Instances to look at in the next round. */
  #wanted: InstanceId[] = []
  #stopped = false

  constructor(options: ClaimLoopOptions) {
    this.#options = options
  }

  start(): void {
    this.#arm()
  }

  /** Everything unfinished has to be looked at, now. */
  scanSoon(): void {
    this.#scanWanted = true
    this.lookSoon()
  }

  /** There is a hint. */
  lookSoon(): void {
    if (this.#stopped) return
    this.#next?.cancel()
    this.#next = this.#options.runtime.timer(0, () => this.#run(), false)
  }

  /** This instance may have to be brought into memory. */
  want(id: InstanceId): void {
    this.wantLater(id)
    this.lookSoon()
  }

  /** It failed; the next round may go better. */
  wantLater(id: InstanceId): void {
    this.#wanted.push(id)
  }

  /** An instance was started that found no room. */
  scanLater(): void {
    this.#scanWanted = true
  }

  /** An instance was started, and nobody knows whether that was, or will yet be, written. */
  doubt(): void {
    this.#doubtUntil = this.#options.runtime.now() + DOUBT_MS
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#next?.cancel()
    await this.#round
  }

  #arm(): void {
    if (this.#stopped) return
    this.#next?.cancel()
    this.#next = this.#options.runtime.timer(this.#options.pollMs, () => this.#run(), false)
  }

  #run(): void {
    const before = this.#round
    this.#round = before
      .then(() => this.#look())
      .catch((error: unknown) => {
        if (isWatertightError(error, 'STORE_CLOSED')) {
          this.#stopped = true
          return
        }
        // What the round was about to bring in is nowhere else but in the index.
        this.#scanWanted = true
        this.#options.runtime.report(error)
      })
      .then(() => this.#arm())
  }

  async #look(): Promise<void> {
    const { pool, lease, maxActive, onRound, runtime } = this.#options
    if (this.#stopped) return
    await onRound()
    const isInDoubt = this.#scannedAt < this.#doubtUntil
    if (isInDoubt && runtime.now() - this.#scannedAt >= DOUBT_SCAN_MS) this.#scanWanted = true
    const { fence } = lease
    if (fence === undefined || pool.draining) return
    if (this.#scanWanted && pool.size < maxActive * ROOM_AGAIN) await this.#scan(fence)
    if (this.#wanted.length > 0) await this.#loadAll(this.#wanted.splice(0), fence)
    await this.#takeHints(fence)
    await this.#wakeSleepers(fence)
  }

  async #scan(fence: Fence): Promise<void> {
    this.#scanWanted = false
    const { store, pool, runtime } = this.#options
    this.#scannedAt = runtime.now()
    for (let after: string | undefined; ; ) {
      const page: readonly KeyedRow[] = await store.scanRows(
        UNFINISHED,
        after === undefined ? { max: PAGE } : { after, max: PAGE },
      )
      const wanted = page
        .map(({ value }) => value as UnfinishedRow)
        .filter((row) => !row.asleep && !pool.has(instanceKey(row)))
      if (!(await this.#loadAll(wanted, fence))) return
      after = page.at(-1)?.key
      if (page.length < PAGE || after === undefined) return
    }
  }

  /** False when there was no room for all of them. */
  async #loadAll(wanted: readonly InstanceId[], fence: Fence): Promise<boolean> {
    for (let i = 0; i < wanted.length; i += LOADS) {
      if (this.#stopped || this.#options.lease.fence !== fence) return false
      if (this.#options.pool.size >= this.#options.maxActive) {
        this.#scanWanted = true
        return false
      }
      const loads = await Promise.allSettled(wanted.slice(i, i + LOADS).map((id) => this.#load(id, fence)))
      // Not before the last of them has ended: what a slow one holds would be passed over by the scan that comes next.
      for (const load of loads) if (load.status === 'rejected') throw load.reason
    }
    return true
  }

  async #load(id: InstanceId, fence: Fence): Promise<void> {
    const { store, pool, definitions, lease } = this.#options
    const key = instanceKey(id)
    if (!pool.claim(key)) {
      // Whoever has it may have looked before what is to be seen was written.
      if ((await pool.running(key)?.refresh()) !== true) this.#wanted.push(id)
      return
    }
    try {
      const { events } = await readInstance(store, id, 0)
      const state = fold(undefined, events)
      const definition = definitions.get(definitionKey(state.saga, state.definitionVersion))
      if (definition?.digest !== state.digest || lease.fence !== fence) return
      pool.launch(definition, { id, fence, state, isFresh: false })
    } finally {
      pool.unclaim(key)
    }
  }

  async #takeHints(fence: Fence): Promise<void> {
    const { store } = this.#options
    const hints = await store.scanRows(HINTS, { max: PAGE })
    if (hints.length === 0) return
    await this.#loadAll(
      hints.map(({ value }) => value as InstanceId),
      fence,
    )
    await store.commit({ fence, rows: hints.map(({ key }) => ({ table: HINTS, key, value: undefined })) })
  }

  async #wakeSleepers(fence: Fence): Promise<void> {
    const { store, definitions, pool } = this.#options
    const names = new Set([...definitions.values()].map(({ name }) => name))
    for (const saga of names) {
      const due = await store.due({ category: categoryOf(saga), max: PAGE })
      const ids = due.map(({ stream }) => ({ saga, id: stream.id }))
      await this.#loadAll(
        ids.filter((id) => !pool.has(instanceKey(id))),
        fence,
      )
    }
  }
}
