import type { Emitter } from '../runtime/emitter.ts'
import { isWatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Fence } from '../store/commit.ts'
import type { Store } from '../store/store.ts'
import type { SagaDefinition } from './definition.ts'
import type { InstanceStart } from './instance.ts'
import { Instance } from './instance.ts'
import type { InstanceHost } from './instance-host.ts'
import type { InstanceWatch } from './instance-watch.ts'
import type { OwnedLease } from '../store/owned-lease.ts'
import type { SagaEvent } from './saga-event.ts'
import type { SagaEvents } from './saga-events.ts'
import { tell } from './saga-events.ts'
import type { SagaState } from './state.ts'
import type { StepPlan } from './step.ts'
import { StepGate } from './step-gate.ts'
import type { LiveStepPipeline } from './step-pipeline.ts'
import type { InstanceId } from './unfinished-index.ts'
import { instanceKey } from './unfinished-index.ts'

export interface InstancePoolOptions {
  readonly runtime: Runtime
  readonly store: Store
  readonly events: Emitter<SagaEvents>
  readonly watch: InstanceWatch
  readonly lease: OwnedLease
  readonly durableWaitMs: number
  /** The store failed an instance for good: it left the memory unfinished. */
  readonly onDropped: (id: InstanceId) => void
}

/** A claim on an instance: it is being loaded, or started, and nobody else in this process may do so. */
type Place = 'claimed' | Instance

/** The instances that are in memory, and what they share. */
export class InstancePool implements InstanceHost {
  readonly runtime: Runtime
  readonly store: Store
  readonly events: Emitter<SagaEvents>
  readonly durableWaitMs: number
  draining = false
  readonly #watch: InstanceWatch
  readonly #lease: OwnedLease
  readonly #onDropped: (id: InstanceId) => void
  readonly #places = new Map<string, Place>()
  readonly #driven = new Set<Promise<void>>()
  readonly #gates = new Map<StepPlan, StepGate>()
  readonly #pipelines = new Map<StepPlan, LiveStepPipeline>()
  readonly #unsubscribe: (() => void)[] = []

  constructor({ runtime, store, events, watch, lease, durableWaitMs, onDropped }: InstancePoolOptions) {
    this.#onDropped = onDropped
    this.runtime = runtime
    this.store = store
    this.events = events
    this.durableWaitMs = durableWaitMs
    this.#watch = watch
    this.#lease = lease
  }

  /** How many instances are in memory. */
  get size(): number {
    return this.#places.size
  }

  /** Reserves an instance; false when it is in memory already. */
  claim(key: string): boolean {
    if (this.#places.has(key)) return false
    this.#places.set(key, 'claimed')
    return true
  }

  /** Gives a claim up. */
  unclaim(key: string): void {
    if (this.#places.get(key) === 'claimed') this.#places.delete(key)
  }

  /** The instance, if it runs here. */
  running(key: string): Instance | undefined {
    const place = this.#places.get(key)
    return place === 'claimed' ? undefined : place
  }

  has(key: string): boolean {
    return this.#places.has(key)
  }

  /** Drives a claimed instance until it leaves the memory. */
  launch(definition: SagaDefinition, start: InstanceStart): void {
    const key = instanceKey(start.id)
    const instance = new Instance(this, definition, start)
    this.#places.set(key, instance)
    const driven = instance
      .drive()
      .catch((error: unknown) => {
        if (isWatertightError(error, 'STORE_CLOSED')) return
        this.runtime.report(error)
        this.#onDropped(start.id)
      })
      .finally(() => {
        this.#driven.delete(driven)
        if (this.#places.get(key) === instance) this.#places.delete(key)
      })
    this.#driven.add(driven)
  }

  /** Abandons everything: the lease is lost. */
  abandon(): void {
    for (const place of this.#places.values()) if (place !== 'claimed') place.stop()
    this.#places.clear()
    for (const gate of this.#gates.values()) gate.clear()
  }

  /** Begins no step any more, and resolves when those under way are done and recorded. */
  async drain(): Promise<void> {
    this.draining = true
    for (const place of this.#places.values()) if (place !== 'claimed') place.nudge()
    await Promise.all(this.#driven)
  }

  close(): void {
    this.draining = true
    this.abandon()
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
  }

  gate(step: StepPlan): StepGate {
    let gate = this.#gates.get(step)
    if (gate === undefined) {
      gate = new StepGate(this.runtime, step.concurrency)
      this.#gates.set(step, gate)
      this.#reopenWithBreaker(gate, step)
    }
    return gate
  }

  live(step: StepPlan): LiveStepPipeline | undefined {
    if (step.via === undefined) return undefined
    let live = this.#pipelines.get(step)
    if (live === undefined) {
      live = step.via.on(this.runtime)
      this.#pipelines.set(step, live)
    }
    return live
  }

  owns(fence: Fence): boolean {
    return this.#lease.fence?.epoch === fence.epoch
  }

  fenced(fence: Fence): void {
    this.#lease.lose(fence)
  }

  recorded(id: InstanceId, events: readonly SagaEvent[], state: SagaState): void {
    if (this.events.listenerCount > 0) {
      for (const event of events) tell(this.events, id, event)
    }
    this.#watch.tell(id, state)
  }

  #reopenWithBreaker(gate: StepGate, step: StepPlan): void {
    const events = this.live(step)?.events
    if (events === undefined) return
    const reopen = (): void => gate.reopen()
    this.#unsubscribe.push(events.on('breaker.closed', reopen), events.on('breaker.halfOpened', reopen))
  }
}
