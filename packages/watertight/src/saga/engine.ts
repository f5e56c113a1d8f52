import type { CommitParts } from '../event-store/commit-parts.ts'
import type { Duration } from '../runtime/duration.ts'
import { toMilliseconds } from '../runtime/duration.ts'
import { Emitter } from '../runtime/emitter.ts'
import { isWatertightError, WatertightError } from '../runtime/error.ts'
import { invalidOption, refuseUnknown, requirePositiveInteger, requireText } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Store } from '../store/store.ts'
import { ClaimLoop } from './claim-loop.ts'
import { definitionKey } from './definition.ts'
import type { SagaDefinition } from './definition.ts'
import type { SagaHandle } from './handle.ts'
import { sagaHandle } from './handle.ts'
import { readInstance } from './instance-commit.ts'
import { InstancePool } from './instance-pool.ts'
import { InstanceWatch } from './instance-watch.ts'
import { OwnedLease } from '../store/owned-lease.ts'
import type { ParkedSaga, UnclaimedSaga } from './parking.ts'
import { Parking } from './parking.ts'
import type { SagaEvents } from './saga-events.ts'
import { startInstance } from './start-instance.ts'
import type { SagaState } from './state.ts'
import { fold } from './state.ts'
import type { InstanceId } from './unfinished-index.ts'
import { instanceKey } from './unfinished-index.ts'

const LEASE = 'watertight.saga/slots-0-1023'

export interface SagaLimits {
  /** How many unfinished instances are in memory at once; more wait in the store. Default 10,000. */
  readonly active?: number
  /** How long the lease on the instances lasts without being renewed: how soon another worker takes over. Default `10s`. */
  readonly lease?: Duration
  /** How often hints of other processes and durable timers are looked for. Default `250ms`. */
  readonly poll?: Duration
  /** From this length on, a wait for the next attempt is a durable timer, and costs no memory. Default `1m`. */
  readonly durableWait?: Duration
}

export interface SagaEngineOptions {
  readonly store: Store
  /** Every saga, and every version of it, that may have unfinished instances. */
  readonly sagas: readonly SagaDefinition[]
  /** Default: the system runtime. */
  readonly runtime?: Runtime
  readonly limits?: SagaLimits
}

export interface StartOptions {
  /** Parts for the commit of the start, such as the event that makes the saga necessary: all or nothing with it. */
  readonly also?: CommitParts
}

/**
 * Runs sagas. Several engines, in one process or in many, may stand on one store: one of them owns the instances, by a
 * lease, and another takes over when it is gone. All of them can start, watch and repair any instance.
 *
 * Codes: `ENGINE_CLOSED`, `SAGA_UNKNOWN` (a definition the engine was not given), `ID_REUSED` (started before with another
 * input), `SAGA_NOT_FOUND`, `SAGA_NOT_PARKED`, `SAGA_OTHER_STEP`, `SAGA_PAST_PIVOT`, `SAGA_TURNED_BACK`, `SAGA_ENDED`, the
 * store's own, and those of a refused `also`.
 */
export interface SagaEngine {
  readonly events: Emitter<SagaEvents>
  /** Whether this engine owns the instances at present. */
  readonly isOwner: boolean
  /** How many instances are in this engine's memory. */
  readonly active: number
  /**
   * Starts an instance, durably, in one commit with `also`. Idempotent by `id` and input. The id is part of the key that
   * participants are given, so it must be unique among all sagas that share participants.
   */
  start<Input, Results>(
    saga: SagaDefinition<Input, Results>,
    id: string,
    input: Input,
    options?: StartOptions,
  ): Promise<SagaHandle<Input, Results>>
  /** The instance as it is now; `undefined` when there is none. */
  inspect(target: InstanceId): Promise<SagaState | undefined>
  /** The instances that wait for a person, with the cause of each. */
  parked(): Promise<readonly ParkedSaga[]>
  /** Unfinished instances whose version this engine does not have, or has with other steps. They are left alone. */
  unclaimed(): Promise<readonly UnclaimedSaga[]>
  /** Lets a parked instance try again what it could not do, under the same key. */
  retry(target: InstanceId, reason?: string): Promise<void>
  /** Lets a parked instance go on without the step, or without the undo, that it is parked at. */
  skip(target: InstanceId, step: string, reason: string): Promise<void>
  /** Gives a parked instance the result of the step it is parked at. */
  supply(target: InstanceId, step: string, result: unknown, reason?: string): Promise<void>
  /** Turns an instance back; refused behind the pivot. Does nothing when it is on its way back: an undo is never cancelled. */
  cancel(target: InstanceId, reason: string): Promise<void>
  /**
   * Stops: no step is begun any more, those under way have `drain` (default `5s`) to finish, then they are abandoned, to be
   * resumed by another engine or the next start. Idempotent. Does not close the store.
   */
  close(options?: { readonly drain?: Duration }): Promise<void>
}

/**
 * Makes an engine, which at once resumes what is unfinished in its store.
 *
 * @throws WatertightError `INVALID_OPTION`
 * @example
 * const engine = sagaEngine({ store, sagas: [checkout] })
 * const handle = await engine.start(checkout, order.id, order, { also: { appends: [orderPlaced] } })
 * await handle.reached('charge', { timeout: 300 })
 */
export function sagaEngine(options: SagaEngineOptions): SagaEngine {
  refuseUnknown('sagaEngine', options, ['store', 'sagas', 'runtime', 'limits'])
  return new Engine(options)
}

class Engine implements SagaEngine {
  readonly events: Emitter<SagaEvents>
  readonly #store: Store
  readonly #runtime: Runtime
  readonly #definitions: ReadonlyMap<string, SagaDefinition>
  readonly #watch: InstanceWatch
  readonly #lease: OwnedLease
  readonly #pool: InstancePool
  readonly #claims: ClaimLoop
  readonly #parking: Parking
  readonly #maxActive: number
  readonly #ready: Promise<void>
  #closed: Promise<void> | undefined

  constructor({ store, sagas, runtime = systemRuntime, limits = {} }: SagaEngineOptions) {
    refuseUnknown('limits', limits, ['active', 'lease', 'poll', 'durableWait'])
    requireStore(store)
    this.#store = store
    this.#runtime = runtime
    this.#definitions = byKey(sagas)
    this.#maxActive = requirePositiveInteger('limits.active', limits.active ?? 10_000)
    this.events = new Emitter((error) => runtime.report(error))
    const watch = new InstanceWatch(runtime)
    this.#watch = watch
    const definitions = this.#definitions
    const lease = new OwnedLease({
      store,
      runtime,
      name: LEASE,
      ttlMs: requirePositiveInteger('limits.lease', toMilliseconds('limits.lease', limits.lease ?? '10s')),
      onOwned: () => this.#claims.scanSoon(),
      onLost: () => this.#pool.abandon(),
    })
    const durableWaitMs = toMilliseconds('limits.durableWait', limits.durableWait ?? '1m')
    this.#lease = lease
    this.#pool = new InstancePool({
      runtime,
      store,
      events: this.events,
      watch,
      lease,
      durableWaitMs,
      onDropped: (id) => this.#claims.wantLater(id),
    })
    this.#claims = new ClaimLoop({
      runtime,
      store,
      pool: this.#pool,
      lease,
      definitions,
      pollMs: toMilliseconds('limits.poll', limits.poll ?? '250ms'),
      maxActive: this.#maxActive,
      onRound: () => this.#tellOfOthers(),
    })
    this.#parking = new Parking({
      runtime,
      store,
      definitions,
      onWritten: (id, events, state) => {
        // An instance that runs here tells it itself when it takes the events over.
        if (!this.#pool.has(instanceKey(id))) this.#pool.recorded(id, events, state)
        this.#claims.lookSoon()
      },
    })
    this.#claims.start()
    this.#ready = lease.start()
  }

  get isOwner(): boolean {
    return this.#lease.fence !== undefined
  }

  get active(): number {
    return this.#pool.size
  }

  async start<Input, Results>(
    saga: SagaDefinition<Input, Results>,
    id: string,
    input: Input,
    { also }: StartOptions = {},
  ): Promise<SagaHandle<Input, Results>> {
    requireText('id', id)
    const definition = this.#definitions.get(definitionKey(saga.name, saga.version))
    if (definition?.digest !== saga.digest) {
      throw new WatertightError(
        'SAGA_UNKNOWN',
        `Saga ${saga.name} version ${saga.version} was not given to this engine.`,
      )
    }
    await this.#ready
    this.#requireOpen()
    const target: InstanceId = { saga: saga.name, id }
    const fence = this.#pool.size < this.#maxActive ? this.#lease.fence : undefined
    const key = instanceKey(target)
    const isClaimed = fence !== undefined && this.#pool.claim(key)
    let isLaunched = false
    try {
      const { runtime, store } = this.#pool
      const change = { runtime, store, definition, id: target, input, also }
      const { state, repeated, token } = await startInstance(isClaimed ? { ...change, fence } : change)
      if (state !== undefined) {
        this.#pool.recorded(target, state.events, state.after)
        // Under another epoch the claim is gone, and the instance may run already.
        if (isClaimed && state.fence && this.#pool.owns(state.fence) && !this.#pool.draining) {
          this.#pool.launch(definition, { id: target, fence: state.fence, state: state.after, isFresh: true })
          isLaunched = true
        } else this.#claims.scanLater()
      }
      return sagaHandle<Input, Results>(
        { id, repeated, token },
        {
          runtime,
          read: () => this.inspect(target),
          watch: (listener) => this.#watch.add(target, listener),
          isClosed: () => this.#watch.closed,
        },
      )
    } catch (error) {
      // Written under the fence it leaves no hint: should it be written yet, nobody but the owner would find it.
      if (isClaimed && isWatertightError(error) && error.retryable) this.#claims.doubt()
      throw error
    } finally {
      if (isClaimed && !isLaunched) {
        // Whoever wanted to load it meanwhile was kept from it.
        this.#pool.unclaim(key)
        this.#claims.want(target)
      }
    }
  }

  async inspect(target: InstanceId): Promise<SagaState | undefined> {
    const running = this.#pool.running(instanceKey(target))
    if (running) return running.state
    const { events } = await readInstance(this.#store, target, 0)
    return events.length === 0 ? undefined : fold(undefined, events)
  }

  parked(): Promise<readonly ParkedSaga[]> {
    return this.#parking.list()
  }

  unclaimed(): Promise<readonly UnclaimedSaga[]> {
    return this.#parking.unclaimed()
  }

  retry(target: InstanceId, reason = 'retry'): Promise<void> {
    return this.#parking.retry(target, reason)
  }

  skip(target: InstanceId, step: string, reason: string): Promise<void> {
    return this.#parking.skip(target, step, reason)
  }

  supply(target: InstanceId, step: string, result: unknown, reason = 'supplied'): Promise<void> {
    return this.#parking.supply(target, step, result, reason)
  }

  cancel(target: InstanceId, reason: string): Promise<void> {
    return this.#parking.cancel(target, reason)
  }

  close({ drain = '5s' }: { readonly drain?: Duration } = {}): Promise<void> {
    const drainMs = toMilliseconds('drain', drain)
    this.#closed ??= this.#close(drainMs)
    return this.#closed
  }

  async #close(drainMs: number): Promise<void> {
    this.#pool.draining = true
    await this.#ready
    await this.#claims.stop()
    await this.#drained(drainMs)
    this.#pool.close()
    await this.#lease.stop()
    this.#watch.close()
  }

  async #drained(drainMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#runtime.timer(drainMs, resolve, true)
      void this.#pool
        .drain()
        .then(resolve)
        .finally(() => timer.cancel())
    })
  }

  #requireOpen(): void {
    if (this.#closed) throw new WatertightError('ENGINE_CLOSED', 'The saga engine is closed.')
  }

  /** Instances that others run are watched by reading them. */
  async #tellOfOthers(): Promise<void> {
    for (const id of this.#watch.ids()) {
      if (this.#pool.has(instanceKey(id))) continue
      const state = await this.inspect(id)
      if (state) this.#watch.tell(id, state)
    }
  }
}

/** A promise of a store is no store: forgetting to wait for it must not be told by the first commit. */
function requireStore(store: Store | undefined): void {
  if (typeof store?.commit === 'function') return
  throw invalidOption('store', store, 'a store, such as memoryStore() or await sqliteStore({ file })')
}

function byKey(sagas: readonly SagaDefinition[]): ReadonlyMap<string, SagaDefinition> {
  if (!Array.isArray(sagas)) throw invalidOption('sagas', sagas, 'a list of sagas')
  const definitions = new Map<string, SagaDefinition>()
  for (const saga of sagas) {
    const key = definitionKey(saga.name, saga.version)
    if (definitions.has(key)) {
      throw new WatertightError('INVALID_OPTION', `sagas must name each version once, but ${key} stands there twice.`)
    }
    definitions.set(key, saga)
  }
  return definitions
}
