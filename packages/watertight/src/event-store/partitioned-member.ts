import { Emitter, type Unsubscribe } from '../runtime/emitter.ts'
import { isWatertightError, WatertightError } from '../runtime/error.ts'
import type { RowWrite } from '../store/commit.ts'
import { fanOut } from './fan-out.ts'
import { pause } from './pause.ts'
import { type Subscription, SubscriptionMember } from './subscription-member.ts'
import type { SubscriptionEvents, SubscriptionSettings } from './subscription-options.ts'

/** Who is there, by subscription: a hint for sharing out only. Who may write is decided by leases. */
const MEMBERS = '@members'
const PARTITIONS = '@partitions'

/**
 * One of several members that share a subscription. Each part of the streams has a lease and a checkpoint of its own. The
 * members tell each other by rows that they are there, and each keeps to its share of the parts: one that comes is given some,
 * and those of one that dies are taken over when their leases run out.
 */
export class PartitionedMember implements Subscription {
  readonly name: string
  readonly #settings: SubscriptionSettings
  readonly #partitions: number
  readonly #id: string
  readonly #events: Emitter<SubscriptionEvents>
  /** The parts this member has, or tries to get. */
  readonly #parts = new Map<number, SubscriptionMember>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #closing: Promise<void> | undefined
  readonly #onAbort = (): void => void this.close()

  constructor(settings: SubscriptionSettings, partitions: number) {
    const { runtime, name, store, signal } = settings
    this.name = name
    this.#id = runtime.id()
    this.#partitions = partitions
    const { signal: _, ...rest } = settings
    // All parts read the same log.
    this.#settings = { ...rest, store: fanOut(store) }
    this.#events = new Emitter((error) => runtime.report(error))
    signal?.addEventListener('abort', this.#onAbort)
    this.#running = this.#run()
    if (signal?.aborted) void this.close()
  }

  get active(): boolean {
    return this.#owned().length > 0
  }

  async lag(): Promise<number> {
    const { store } = this.#settings
    const [{ settled }, ...checkpoints] = await Promise.all([
      store.readLog({ after: Number.MAX_SAFE_INTEGER, max: 1 }),
      ...Array.from({ length: this.#partitions }, (_, index) => store.checkpoint(this.#nameOf(index))),
    ])
    return Math.max(0, settled - Math.min(...checkpoints))
  }

  on<Type extends keyof SubscriptionEvents>(
    type: Type,
    listener: (event: SubscriptionEvents[Type]) => void,
  ): Unsubscribe {
    return this.#events.on(type, listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #run(): Promise<void> {
    const { runtime, ttlMs } = this.#settings
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#requireSameNumber()
        await this.#keepToShare(await this.#countMembers())
      } catch (error) {
        if (isWatertightError(error, 'STORE_CLOSED')) return
        this.#failed(error)
        if (isWatertightError(error, 'INVALID_OPTION')) return
      }
      await pause(runtime, ttlMs / 3, signal)
    }
  }

  /** Another number of parts would put streams under other checkpoints: events skipped, or handled again. */
  async #requireSameNumber(): Promise<void> {
    const { store, name } = this.#settings
    const row = await store.row(PARTITIONS, name)
    if (row === undefined) {
      await store.commit({ rows: [{ table: PARTITIONS, key: name, value: this.#partitions, ifVersion: 0 }] })
      return await this.#requireSameNumber()
    }
    if (row.value === this.#partitions) return
    throw new WatertightError(
      'INVALID_OPTION',
      `partitions must be ${String(row.value)} for subscription ${name}, as it began with, but it is ${this.#partitions}. Give it a new name to begin anew.`,
      { source: name },
    )
  }

  /** Tells that this member is there, and counts who is, itself included. */
  async #countMembers(): Promise<number> {
    const { store, runtime, ttlMs } = this.#settings
    const now = runtime.wallTime()
    const rows = await store.scanRows(this.#table())
    const here = rows.filter(({ key, value }) => key !== this.#id && Math.abs(now - Number(value)) < ttlMs)
    const gone = rows.filter((row) => row.key !== this.#id && !here.includes(row))
    await store.commit({
      rows: [
        { table: this.#table(), key: this.#id, value: now },
        ...gone.map(({ key }): RowWrite => ({ table: this.#table(), key, value: undefined })),
      ],
    })
    return here.length + 1
  }

  async #keepToShare(members: number): Promise<void> {
    const share = Math.ceil(this.#partitions / members)
    const owned = this.#owned()
    // What it tried to get and did not is somebody else's: it tries others now.
    const waiting = [...this.#parts.keys()].filter((index) => !owned.includes(index))
    await Promise.all([...owned.slice(share), ...waiting].map((index) => this.#leave(index)))
    const others = Array.from({ length: this.#partitions }, (_, index) => index).filter(
      (index) => !this.#parts.has(index),
    )
    for (let free = share - owned.length; free > 0 && others.length > 0 && !this.#closing; free--) {
      const at = Math.floor(this.#settings.runtime.random('subscription.partition') * others.length)
      this.#tryFor(others.splice(at, 1)[0] ?? 0)
    }
  }

  #owned(): readonly number[] {
    return [...this.#parts].flatMap(([index, part]) => (part.active ? [index] : []))
  }

  #tryFor(index: number): void {
    const part = new SubscriptionMember({
      ...this.#settings,
      name: this.#nameOf(index),
      partition: { index, of: this.#partitions },
    })
    for (const type of ['owned', 'released', 'handled'] as const) {
      part.on(type, (event) => this.#events.emit(type, event))
    }
    part.on('failed', (event) => {
      if (this.#events.observed('failed')) this.#events.emit('failed', event)
      else this.#settings.runtime.report(event.error)
    })
    this.#parts.set(index, part)
  }

  async #leave(index: number): Promise<void> {
    await this.#parts.get(index)?.close()
    this.#parts.delete(index)
  }

  async #close(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await Promise.all([...this.#parts.keys()].map((index) => this.#leave(index)))
    try {
      await this.#settings.store.commit({ rows: [{ table: this.#table(), key: this.#id, value: undefined }] })
    } catch {
      // It counts as gone after a while.
    }
  }

  #failed(error: unknown): void {
    const { name, ttlMs, runtime } = this.#settings
    if (this.#events.observed('failed')) {
      this.#events.emit('failed', { name, error, attempt: 1, retryInMs: ttlMs / 3 })
    } else runtime.report(error)
  }

  #nameOf(index: number): string {
    return `${this.name}#${index}`
  }

  #table(): string {
    return `${MEMBERS}/${this.name}`
  }
}
