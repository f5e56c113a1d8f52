import type { Emitter } from '../runtime/emitter.ts'
import { isWatertightError, WatertightError } from '../runtime/error.ts'
import type { Commit, CommitDone, Committed, Fence } from '../store/commit.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Position } from '../store/position.ts'
import { slotOf } from '../store/slot.ts'
import { tellHandled } from './checkpoint-watch.ts'
import { DeliveryCount } from './delivery-count.ts'
import { pause } from './pause.ts'
import type { HandledParts, SubscriptionEvents, SubscriptionSettings } from './subscription-options.ts'

/** How far a reader that finds nothing of interest goes before it writes that down, and how long it waits with it when idle. */
const SPARSE_CHECKPOINT = 1_000
const SPARSE_CHECKPOINT_MS = 100

/** A hint of change may lie; this keeps one that always does from spinning. */
const PAUSE_AFTER_FALSE_HINT_MS = 10

/** Why a tenure ended: told to, fenced off by another member, or because going on is of no use. */
export type TenureEnd = 'stopped' | 'fenced' | 'failed'

/** A part of the log: its events of interest, and where it ends. */
interface Page {
  readonly events: readonly StoredEvent[]
  readonly settled: Position
  /** Whether more of the log is surely there. */
  readonly isFull: boolean
}

/** The time in which one member owns a subscription: reads, hands over, commits; until it is stopped or fenced off. */
export class Tenure {
  readonly #settings: SubscriptionSettings
  readonly #fence: Fence
  readonly #isOwned: () => boolean
  readonly #events: Emitter<SubscriptionEvents>
  readonly #stop = new AbortController()
  readonly #deliveries: DeliveryCount
  /** Where the checkpoint stands, as far as this member knows; `undefined` when it has to look. */
  #saved: Position | undefined
  #savedAt = 0
  #read: Position = 0
  /** What was read and is not handled yet. */
  #ahead: Page | undefined
  #attempt = 1
  /** True when a hint of change came since the last progress. */
  #hinted = false

  /** `isOwned`: whether the lease may still be used, by this process's own clock. */
  constructor(
    settings: SubscriptionSettings,
    fence: Fence,
    isOwned: () => boolean,
    events: Emitter<SubscriptionEvents>,
  ) {
    this.#settings = settings
    this.#fence = fence
    this.#isOwned = isOwned
    this.#events = events
    this.#deliveries = new DeliveryCount(settings.store, settings.name, fence.epoch)
  }

  /** How far it has come, events of no interest included. */
  get position(): Position {
    return this.#read
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Never rejects. */
  async run(): Promise<TenureEnd> {
    const end = await this.#untilItEnds()
    if (end !== 'fenced') await this.#tellSurvival()
    return end
  }

  async #untilItEnds(): Promise<TenureEnd> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#step()
        this.#attempt = 1
      } catch (error) {
        if (isWatertightError(error, 'FENCED')) return 'fenced'
        if (isWatertightError(error, 'STORE_CLOSED')) return 'stopped'
        if (signal.aborted) break
        const retryInMs = this.#fail(error)
        if (isWatertightError(error, 'CHECKPOINT_AHEAD')) return 'failed'
        await this.#tellSurvival()
        await pause(this.#settings.runtime, retryInMs, signal)
      }
    }
    return 'stopped'
  }

  async #step(): Promise<void> {
    if (this.#saved === undefined) await this.#recall()
    const page = this.#ahead ?? (await this.#readOn(this.#read))
    this.#ahead = undefined
    if (page.events.length > 0) {
      await this.#handle(page)
    } else if (page.settled > this.#read) {
      this.#moveTo(page.settled)
      await this.#saveWhenFar(SPARSE_CHECKPOINT)
    } else {
      await this.#wait()
      return
    }
    this.#hinted = false
  }

  async #recall(): Promise<void> {
    const { store, name } = this.#settings
    const checkpoint = await store.checkpoint(name)
    await this.#deliveries.recall(checkpoint)
    this.#saved = this.#read = checkpoint
  }

  async #readOn(after: Position): Promise<Page> {
    const { store, name, batch, tenant, categories } = this.#settings
    const page = await store.readLog({
      after,
      max: batch,
      ...(tenant !== undefined && { tenant }),
      ...(categories && { categories }),
    })
    if (page.settled < after) throw checkpointAhead(name, after, page.settled)
    const events = page.events.filter((event) => this.#isWanted(event))
    return { events, settled: page.settled, isFull: page.events.length >= batch }
  }

  #isWanted({ type, stream }: StoredEvent): boolean {
    const { types, partition } = this.#settings
    if (types && !types.includes(type)) return false
    return partition === undefined || slotOf(stream) % partition.of === partition.index
  }

  async #handle(page: Page): Promise<void> {
    const { name, handle, runtime } = this.#settings
    const { batch, rest } = this.#deliveries.isSuspect(page.events) ? alone(page) : { batch: page, rest: undefined }
    const crashes = this.#deliveries.crashesOf(batch.events)
    const begun = this.#deliveries.begin(batch.events)
    if (begun) await this.#commit({ rows: [begun] })
    // A process that stood still learns what it asked for before it learns that its lease is over.
    if (!this.#isOwned()) return this.stop()

    // Read while the batch is handled: its commit has to know what comes next.
    const following = rest ?? (batch.isFull ? this.#readOn(batch.settled).catch(() => undefined) : undefined)
    const { signal } = this.#stop
    const { upTo, ...parts } = (await handle(batch.events, { signal, crashes, attempt: this.#attempt })) ?? {}
    const next = upTo === undefined ? await following : undefined
    const to = upTo ?? batch.settled

    await this.#save(to, parts, next)
    this.#ahead = next
    const last = batch.events.findLast(({ position }) => position <= to)
    const lagMs = last ? Math.max(0, runtime.wallTime() - last.at) : 0
    this.#events.emit('handled', { name, events: batch.events.length, position: to, lagMs })
  }

  /** At the end of the log: writes down what was read, after a while, and waits for more. */
  async #wait(): Promise<void> {
    const { store, runtime } = this.#settings
    const { signal } = this.#stop
    if (this.#hinted) await pause(runtime, PAUSE_AFTER_FALSE_HINT_MS, signal)
    if (this.#read === this.#saved) {
      await store.changed(this.#read, signal)
      this.#hinted = true
      return
    }
    const waiting = new AbortController()
    const onStop = (): void => waiting.abort()
    signal.addEventListener('abort', onStop)
    const due = Math.max(0, this.#savedAt + SPARSE_CHECKPOINT_MS - runtime.now())
    const timer = runtime.timer(due, onStop, false)
    try {
      await store.changed(this.#read, waiting.signal)
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', onStop)
    }
    if (runtime.now() - this.#savedAt >= SPARSE_CHECKPOINT_MS && !signal.aborted) await this.#saveWhenFar(1)
    this.#hinted = !waiting.signal.aborted
  }

  async #saveWhenFar(far: number): Promise<void> {
    const { runtime, name } = this.#settings
    const from = this.#saved ?? 0
    if (this.#read - from < far) return
    await this.#commit({ checkpoint: { name, from, to: this.#read } })
    this.#saved = this.#read
    this.#savedAt = runtime.now()
  }

  async #save(to: Position, parts: Omit<HandledParts, 'upTo'>, next: Page | undefined): Promise<void> {
    const { name, runtime } = this.#settings
    const { appends, inbox, keys, rows, timers } = parts
    const isKnown = next !== undefined && next.events.length > 0
    const first = isKnown && this.#deliveries.isSuspect(next.events) ? next.events.slice(0, 1) : next?.events
    const rest: Commit = {
      ...(inbox && { inbox }),
      ...(keys && { keys }),
      ...(timers && { timers }),
      rows: [...(rows ?? []), this.#deliveries.beginNext(isKnown ? first : undefined)],
      checkpoint: { name, from: this.#saved ?? 0, to },
    }
    const { repeated } = await this.#commit(appends?.length ? { ...rest, appends } : rest)
    // Its events were made before under another checkpoint (a rebuild): then the store took nothing else of it.
    if (repeated) await this.#commit(rest)
    this.#saved = to
    this.#savedAt = runtime.now()
    this.#moveTo(to)
  }

  #moveTo(position: Position): void {
    this.#read = position
    tellHandled(this.#settings.store, this.#settings.name, position)
  }

  async #commit(commit: Commit): Promise<CommitDone> {
    const committed = await this.#settings.store.commit({ ...commit, fence: this.#fence })
    if (!committed.ok) throw refusal(this.#settings.name, committed)
    return committed
  }

  /** The process did not die of what it handled: whoever goes on need not suspect it. */
  async #tellSurvival(): Promise<void> {
    const row = this.#deliveries.end()
    if (row === undefined) return
    try {
      await this.#settings.store.commit({ rows: [row], fence: this.#fence })
    } catch {
      // Then the batch is suspected, which costs time only; and what the store lacks is told by who needs it.
    }
  }

  #fail(error: unknown): number {
    const { name, runtime, retryDelayMs, maxRetryDelayMs } = this.#settings
    // Whether the commit happened may be unknown: the store knows where the checkpoint stands.
    this.#saved = undefined
    this.#ahead = undefined
    const attempt = this.#attempt++
    const longest = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (attempt - 1))
    const retryInMs = longest * (0.5 + runtime.random('subscription.retry') / 2)
    if (this.#events.observed('failed')) {
      this.#events.emit('failed', { name, error, attempt, retryInMs })
    } else {
      runtime.report(error)
    }
    return retryInMs
  }
}

/** The first event of a page, and what is left. */
function alone({ events, settled, isFull }: Page): { batch: Page; rest: Page | undefined } {
  const [first, ...others] = events
  if (first === undefined || others.length === 0) return { batch: { events, settled, isFull }, rest: undefined }
  return {
    batch: { events: [first], settled: first.position, isFull: true },
    rest: { events: others, settled, isFull },
  }
}

function checkpointAhead(name: string, stands: Position, last: Position): WatertightError {
  return new WatertightError(
    'CHECKPOINT_AHEAD',
    `Subscription ${name} stands at ${stands}, but the log ends at ${last}: the store is another one, or was restored from an older backup. Rebuild what the subscription made under a new name.`,
    { source: name },
  )
}

function refusal(name: string, { code, what }: Exclude<Committed, { ok: true }>): WatertightError {
  return new WatertightError(code, `The batch of subscription ${name} was refused: ${code}, ${what}.`, {
    retryable: code === 'CONFLICT',
    source: name,
  })
}
