import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { type AnyEvent, Emitter, type Unsubscribe } from '../../runtime/emitter.ts'
import { WatertightError } from '../../runtime/error.ts'
import { refuseUnknown, requirePositiveInteger, requireText } from '../../runtime/option.ts'
import type { Runtime, Timer } from '../../runtime/runtime.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { Lru } from '../cache/lru.ts'
import type { LivePipeline, PipelineState } from '../live-pipeline.ts'
import { Pipeline } from '../pipeline.ts'
import type { PipelineEvents } from '../pipeline-events.ts'
import type { Policy } from '../policy.ts'

/** How a registry makes pipelines, and how many it keeps. */
export interface RegistryOptions<Adds = never> {
  /**
   * Makes the pipeline of a name, and of a key under it: a pipeline, or its policies, which are then named `name` or
   * `name/key`.
   */
  readonly make: (name: string, key: string | undefined) => Pipeline<Adds> | readonly Policy<Adds>[]
  /** Pipelines at once. When it is reached, the one that was asked for least recently and is idle goes. Default: 1000. */
  readonly max?: number
  /** How long a pipeline that is not asked for is kept. Default: `'10m'`. */
  readonly idle?: Duration
  /** What its pipelines work on. Default: the system runtime. */
  readonly runtime?: Runtime
}

/** One pipeline of a registry, for consoles. */
export interface RegistryEntry {
  readonly name: string
  readonly key: string | undefined
  /** Milliseconds since it was asked for. */
  readonly idleMs: number
  readonly state: PipelineState
}

/** What a registry tells, beside all that its pipelines tell. */
export type RegistryEvents = {
  'pipeline.made': { readonly pipeline: string; readonly name: string; readonly key: string | undefined }
  'pipeline.evicted': {
    readonly pipeline: string
    readonly name: string
    readonly key: string | undefined
    readonly reason: 'idle' | 'full'
  }
}

/** The events of a registry. */
export type AllEvents = PipelineEvents & RegistryEvents

interface Member<Adds> {
  readonly name: string
  readonly key: string | undefined
  readonly live: LivePipeline<Adds>
  usedAt: number
  unlisten: Unsubscribe | undefined
}

/** Pipelines by name and by key. See {@link registry}. */
export class Registry<Adds = never> {
  readonly #make: RegistryOptions<Adds>['make']
  readonly #max: number
  readonly #idleMs: number
  readonly #runtime: Runtime
  readonly #members = new Lru<Member<Adds>>(Infinity, Infinity, (_, member) => member.unlisten?.())
  readonly #updates = new Map<string, (readonly [policy: string, options: object])[]>()
  readonly #events: Emitter<AllEvents>
  #housekeeping: Timer | undefined

  constructor(options: RegistryOptions<Adds>) {
    refuseUnknown('registry', options, ['make', 'max', 'idle', 'runtime'])
    const { max = 1_000, idle = '10m', runtime = systemRuntime } = options
    this.#make = options.make
    this.#max = requirePositiveInteger('max', max)
    this.#idleMs = toMilliseconds('idle', idle, { infinite: true, positive: true })
    this.#runtime = runtime
    this.#events = new Emitter<AllEvents>((error) => runtime.report(error))
  }

  /** Pipelines that are kept now. */
  get size(): number {
    return this.#members.size
  }

  /**
   * The pipeline of `name`, and of `key` under it: the same one each time, until it has been idle for long. Ask anew for each
   * call, and keep none: what is kept outside is evicted like all others, and then there are two of it.
   *
   * @throws WatertightError `REGISTRY_FULL` when there is no room and all pipelines are busy (retryable); what `make` throws.
   */
  get(name: string, key?: string): LivePipeline<Adds> {
    const id = idOf(name, key)
    const member = this.#members.get(id) ?? this.#add(id, name, key)
    member.usedAt = this.#runtime.now()
    return member.live
  }

  /**
   * Changes options of a policy in all pipelines of `name`, whatever their keys, and in those that are made later.
   *
   * @throws WatertightError `INVALID_OPTION`; then nothing is remembered for later ones.
   */
  update(name: string, policy: string, options: object): void {
    const later = this.#updates.get(name)?.filter(([one]) => one !== policy) ?? []
    const before = this.#updates.get(name)?.find(([one]) => one === policy)?.[1]
    for (const [, member] of this.#members.oldestFirst()) if (member.name === name) member.live.update(policy, options)
    this.#updates.set(name, [...later, [policy, { ...before, ...options }]])
  }

  /** What all pipelines are doing, the one that was asked for least recently first. */
  snapshot(): readonly RegistryEntry[] {
    const now = this.#runtime.now()
    const entries: RegistryEntry[] = []
    for (const [, { name, key, live, usedAt }] of this.#members.oldestFirst()) {
      entries.push({ name, key, idleMs: now - usedAt, state: live.state() })
    }
    return entries
  }

  /** Calls `listener` for events of this type, of all pipelines, those made later included. Each says which `pipeline`. */
  on<Type extends keyof AllEvents>(type: Type, listener: (event: AllEvents[Type]) => unknown): Unsubscribe {
    return this.#listen(this.#events.on(type, listener))
  }

  /** Calls `listener` for each event of all pipelines, those made later included. */
  onAny(listener: (...event: AnyEvent<AllEvents>) => unknown): Unsubscribe
  onAny(listener: (type: keyof AllEvents) => unknown): Unsubscribe
  onAny(listener: ((...event: AnyEvent<AllEvents>) => unknown) | ((type: keyof AllEvents) => unknown)): Unsubscribe {
    return this.#listen(this.#events.onAny(listener as (...event: AnyEvent<AllEvents>) => unknown))
  }

  /** @throws Error when one of the pipelines has lost or invented a permit, or there are too many of them: for tests. */
  check(): void {
    this.#members.check()
    if (this.size > this.#max) throw new Error(`${this.size} pipelines, but at most ${this.#max}`)
    for (const [, { live }] of this.#members.oldestFirst()) live.check()
  }

  #add(id: string, name: string, key: string | undefined): Member<Adds> {
    requireText('name', name)
    if (this.size >= this.#max) this.#makeRoom()
    const made = this.#make(name, key)
    const label = key === undefined ? name : `${name}/${key}`
    const live = (made instanceof Pipeline ? made : new Pipeline<Adds>(label, made)).on(this.#runtime)
    for (const [policy, options] of this.#updates.get(name) ?? []) live.update(policy, options)
    const member: Member<Adds> = { name, key, live, usedAt: this.#runtime.now(), unlisten: undefined }
    if (this.#events.listenerCount > 0) this.#follow(member)
    this.#members.set(id, member, 0)
    this.#events.emit('pipeline.made', { pipeline: live.name, name, key })
    this.#keepHouse()
    return member
  }

  #makeRoom(): void {
    for (const [id, member] of this.#members.oldestFirst()) {
      if (member.live.idle) return this.#evict(id, member, 'full')
    }
    throw WatertightError.withoutStack(
      'REGISTRY_FULL',
      `there are ${this.#max} pipelines already, and all of them are busy`,
      { retryable: true, source: 'registry' },
    )
  }

  #evict(id: string, { live, name, key }: Member<Adds>, reason: 'idle' | 'full'): void {
    this.#members.delete(id)
    this.#events.emit('pipeline.evicted', { pipeline: live.name, name, key, reason })
  }

  /** One timer for all, which holds no process: it wakes when the oldest may be due. */
  #keepHouse(): void {
    if (this.#housekeeping !== undefined || this.#idleMs === Infinity) return
    const [oldest] = this.#members.oldestFirst()
    if (oldest === undefined) return
    const dueMs = oldest[1].usedAt + this.#idleMs - this.#runtime.now()
    this.#housekeeping = this.#runtime.timer(dueMs, () => this.#sweep(), false)
  }

  #sweep(): void {
    this.#housekeeping = undefined
    const now = this.#runtime.now()
    for (const [id, member] of this.#members.oldestFirst()) {
      if (now - member.usedAt < this.#idleMs) break
      if (member.live.idle) this.#evict(id, member, 'idle')
      else {
        // Busy is not idle: it counts as asked for just now.
        this.#members.get(id)
        member.usedAt = now
      }
    }
    this.#keepHouse()
  }

  #listen(unsubscribe: Unsubscribe): Unsubscribe {
    for (const [, member] of this.#members.oldestFirst()) this.#follow(member)
    return () => {
      unsubscribe()
      if (this.#events.listenerCount > 0) return
      for (const [, member] of this.#members.oldestFirst()) {
        member.unlisten?.()
        member.unlisten = undefined
      }
    }
  }

  /** Only while somebody listens here: a pipeline that is listened to has more to tell. */
  #follow(member: Member<Adds>): void {
    const { events } = member.live
    member.unlisten ??= events.onAny((...[type, event]: AnyEvent<PipelineEvents>) => this.#events.emit(type, event))
  }
}

/**
 * Pipelines by name and by key: one breaker per host, one bulkhead per tenant. They are made when they are first asked for, at
 * most `max` of them, and go when they have been idle for long; never one with calls in flight or work that goes on after them.
 * With it go what its breaker, budget and cache had learnt.
 *
 * @example
 * const hosts = registry({ make: () => [retry(), circuitBreaker({ failures: 5 }), timeout('2s')] })
 * await hosts.get('search', tenant).run(({ signal }) => search(query, { signal }))
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function registry<Adds = never>(options: RegistryOptions<Adds>): Registry<Adds> {
  return new Registry(options)
}

/** Names and keys may contain anything: the length keeps them apart. */
function idOf(name: string, key: string | undefined): string {
  return key === undefined ? name : `${name.length}:${name}/${key}`
}
