import type { Emitter } from '../runtime/emitter.ts'
import { isWatertightError, WatertightError } from '../runtime/error.ts'
import type { Commit, Committed, Fence } from '../store/commit.ts'
import type { Position } from '../store/position.ts'
import { pause } from './pause.ts'
import type { HandledParts, SubscriptionEvents, SubscriptionSettings } from './subscription-options.ts'

/** How far a reader that finds nothing of interest goes before it writes that down. */
const SPARSE_CHECKPOINT = 1_000

/** A hint of change may lie; this keeps one that always does from spinning. */
const PAUSE_AFTER_FALSE_HINT_MS = 10

/** Why a tenure ended: told to, fenced off by another member, or because going on is of no use. */
export type TenureEnd = 'stopped' | 'fenced' | 'failed'

/** The time in which one member owns a subscription: reads, hands over, commits; until it is stopped or fenced off. */
export class Tenure {
  readonly #settings: SubscriptionSettings
  readonly #fence: Fence
  readonly #events: Emitter<SubscriptionEvents>
  readonly #stop = new AbortController()
  /** Where the checkpoint stands, as far as this member knows; `undefined` when it has to look. */
  #saved: Position | undefined
  #read: Position = 0
  #attempt = 0
  /** True when a hint of change came since the last progress. */
  #hinted = false

  constructor(settings: SubscriptionSettings, fence: Fence, events: Emitter<SubscriptionEvents>) {
    this.#settings = settings
    this.#fence = fence
    this.#events = events
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
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#step()
        this.#attempt = 0
      } catch (error) {
        if (isWatertightError(error, 'FENCED')) return 'fenced'
        if (isWatertightError(error, 'STORE_CLOSED')) return 'stopped'
        if (signal.aborted) break
        const retryInMs = this.#fail(error)
        if (isWatertightError(error, 'CHECKPOINT_AHEAD')) return 'failed'
        await pause(this.#settings.runtime, retryInMs, signal)
      }
    }
    return 'stopped'
  }

  async #step(): Promise<void> {
    const { store, name, handle, batch, tenant, categories, types, runtime } = this.#settings
    const { signal } = this.#stop
    if (this.#saved === undefined) this.#saved = this.#read = await store.checkpoint(name)
    const page = await store.readLog({
      after: this.#read,
      max: batch,
      ...(tenant !== undefined && { tenant }),
      ...(categories && { categories }),
    })
    if (page.settled < this.#read) throw checkpointAhead(name, this.#read, page.settled)
    const events = types ? page.events.filter(({ type }) => types.includes(type)) : page.events
    if (events.length > 0) {
      const parts = await handle(events, { signal })
      await this.#save(page.settled, parts ?? {})
      this.#events.emit('handled', { name, events: events.length, position: page.settled })
    } else if (page.settled > this.#read) {
      this.#read = page.settled
      if (this.#read - this.#saved >= SPARSE_CHECKPOINT) await this.#save(this.#read, {})
    } else {
      if (this.#hinted) await pause(runtime, PAUSE_AFTER_FALSE_HINT_MS, signal)
      await store.changed(this.#read, signal)
      this.#hinted = true
      return
    }
    this.#hinted = false
  }

  async #save(to: Position, parts: HandledParts): Promise<void> {
    const { store, name } = this.#settings
    const { appends, inbox, keys, rows, timers } = parts
    const rest: Commit = {
      ...(inbox && { inbox }),
      ...(keys && { keys }),
      ...(rows && { rows }),
      ...(timers && { timers }),
      checkpoint: { name, from: this.#saved ?? 0, to },
      fence: this.#fence,
    }
    let committed = await store.commit(appends?.length ? { ...rest, appends } : rest)
    // Its events were made before under another checkpoint (a rebuild): then the store took nothing else of it.
    if (committed.ok && committed.repeated) committed = await store.commit(rest)
    if (!committed.ok) throw refusal(name, committed)
    this.#saved = this.#read = to
  }

  #fail(error: unknown): number {
    const { name, runtime, retryDelayMs, maxRetryDelayMs } = this.#settings
    // Whether the commit happened may be unknown: the store knows where the checkpoint stands.
    this.#saved = undefined
    this.#attempt++
    const longest = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (this.#attempt - 1))
    const retryInMs = longest * (0.5 + runtime.random('subscription.retry') / 2)
    if (this.#events.observed('failed')) {
      this.#events.emit('failed', { name, error, attempt: this.#attempt, retryInMs })
    } else {
      runtime.report(error)
    }
    return retryInMs
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
