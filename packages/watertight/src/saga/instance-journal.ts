import { isWatertightError, WatertightError } from '../runtime/error.ts'
import type { Commit, Committed, Fence } from '../store/commit.ts'
import type { Backoff } from './backoff.ts'
import { delayAfter } from './backoff.ts'
import { causedBy } from './cause.ts'
import type { SagaDefinition } from './definition.ts'
import { instanceCommit, readInstance } from './instance-commit.ts'
import type { InstanceHost } from './instance-host.ts'
import { Pause } from './pause.ts'
import type { PartsMaker } from './recorded-parts.ts'
import { partsOf } from './recorded-parts.ts'
import type { SagaCause, SagaEvent } from './saga-event.ts'
import type { SagaState } from './state.ts'
import { fold } from './state.ts'
import type { InstanceId } from './unfinished-index.ts'

const STORE_RETRY: Backoff = { attempts: 1, delayMs: 20, factor: 2, maxDelayMs: 2_000, jitter: 0.5 }
const RECORD_ATTEMPTS = 20
/** So many conflicts of a recorded part are met at once, without a wait. */
const QUICK_ATTEMPTS = 3

/** `moved`: somebody else had written, and the state is theirs. `stopped`: this process must not write any more. */
export type Written = 'written' | 'moved' | 'stopped'

/**
 * The state of one instance, and the only way it changes: every write demands the exact version of the stream and the
 * epoch of the lease, so whoever is late loses.
 */
export class InstanceJournal {
  readonly #host: InstanceHost
  readonly #definition: SagaDefinition
  readonly #id: InstanceId
  readonly #fence: Fence
  readonly #pause: Pause
  #state: SagaState
  #stopped = false

  constructor(host: InstanceHost, definition: SagaDefinition, id: InstanceId, fence: Fence, state: SagaState) {
    this.#host = host
    this.#definition = definition
    this.#id = id
    this.#fence = fence
    this.#state = state
    this.#pause = new Pause(host.runtime)
  }

  get state(): SagaState {
    return this.#state
  }

  /** Whether this process may still call participants and write. */
  get isOpen(): boolean {
    return !this.#stopped && this.#host.owns(this.#fence)
  }

  /** Writes nothing more. */
  stop(): void {
    this.#stopped = true
    this.#pause.wake()
  }

  /** Records events; parks the instance instead when the user's parts cannot be made or are refused. */
  async write(step: string, events: readonly SagaEvent[], parts?: PartsMaker): Promise<Written> {
    try {
      return await this.#append(events, parts, true)
    } catch (error) {
      if (isStoreError(error)) throw error
      return await this.park(causedBy('defect', step, error))
    }
  }

  /** Parks the instance, if need be without what its `recordEnd` would add. */
  async park(cause: SagaCause): Promise<Written> {
    const events: readonly SagaEvent[] = [{ type: 'parked', data: { cause } }]
    try {
      return await this.#append(events, undefined, true)
    } catch (error) {
      if (isStoreError(error)) throw error
      this.#host.runtime.report(error)
      return await this.#append(events, undefined, false)
    }
  }

  /** Takes over what somebody else wrote; false when nobody did. */
  async reload(): Promise<boolean> {
    const { events } = await readInstance(this.#host.store, this.#id, this.#state.version)
    if (events.length === 0) return false
    this.#recorded(events)
    return true
  }

  async #append(events: readonly SagaEvent[], make: PartsMaker | undefined, withEnd: boolean): Promise<Written> {
    const { runtime } = this.#host
    const definition = this.#definition
    for (let tries = 1; ; tries++) {
      const change = { definition, id: this.#id, before: this.#state, events }
      const parts = await this.#retried(async () => (withEnd ? await partsOf(change, make) : await make?.()))
      const commit = instanceCommit({
        runtime,
        instance: this.#id,
        before: this.#state,
        events,
        parts,
        fence: this.#fence,
      })
      const committed = await this.#commit(commit)
      if (committed === undefined) return 'stopped'
      if (committed.ok) {
        this.#recorded(events)
        return 'written'
      }
      if (committed.code === 'FENCED') {
        this.#host.fenced(this.#fence)
        return 'stopped'
      }
      if (await this.#retried(() => this.reload())) return 'moved'
      // The stream stands where it stood, so it is one of the user's parts that was refused.
      if (committed.code !== 'CONFLICT' || tries === RECORD_ATTEMPTS) {
        throw new WatertightError(committed.code, `The parts to record were refused: ${committed.what}.`)
      }
      if (tries > QUICK_ATTEMPTS) await this.#wait(tries - QUICK_ATTEMPTS)
    }
  }

  /** Repeats a commit whose fate is unknown, by its append id. */
  async #commit(commit: Commit): Promise<Committed | undefined> {
    return await this.#retried(async () => (this.isOpen ? await this.#host.store.commit(commit) : undefined))
  }

  async #retried<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        if (!isWatertightError(error) || !error.retryable || !this.isOpen) throw error
        await this.#wait(tries)
      }
    }
  }

  async #wait(tries: number): Promise<void> {
    await this.#pause.sleep(delayAfter(STORE_RETRY, tries, this.#host.runtime.random('saga.journal')))
  }

  #recorded(events: readonly SagaEvent[]): void {
    this.#state = fold(this.#state, events)
    this.#host.recorded(this.#id, events, this.#state)
  }
}

function isStoreError(error: unknown): boolean {
  return isWatertightError(error) && error.code.startsWith('STORE_')
}
