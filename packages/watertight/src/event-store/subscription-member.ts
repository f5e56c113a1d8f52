import { Emitter, type Unsubscribe } from '../runtime/emitter.ts'
import type { Fence } from '../store/commit.ts'
import { OwnedLease } from '../store/owned-lease.ts'
import type { SubscriptionEvents, SubscriptionSettings } from './subscription-options.ts'
import { Tenure } from './subscription-tenure.ts'

/** One member that follows the log. */
export interface Subscription {
  readonly name: string
  /** True while this member owns the subscription, or a partition of it. */
  readonly active: boolean
  /** How many positions of the log lie behind what the subscription has handled, by whichever member. */
  lag(): Promise<number>
  on<Type extends keyof SubscriptionEvents>(
    type: Type,
    listener: (event: SubscriptionEvents[Type]) => void,
  ): Unsubscribe
  /** Lets the batch under way end and be committed, then hands the subscription to the next member. Idempotent. */
  close(): Promise<void>
}

/** One member of a subscription that is not shared: it runs while it owns the lease. */
export class SubscriptionMember implements Subscription {
  readonly name: string
  readonly #settings: SubscriptionSettings
  readonly #events: Emitter<SubscriptionEvents>
  readonly #lease: OwnedLease
  #tenure: Tenure | undefined
  /** All tenures so far: a lost one may still be ending when the next begins. */
  #running: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined
  readonly #onAbort = (): void => void this.close()

  constructor(settings: SubscriptionSettings) {
    const { store, runtime, name, ttlMs, signal } = settings
    this.name = name
    this.#settings = settings
    this.#events = new Emitter((error) => runtime.report(error))
    this.#lease = new OwnedLease({
      store,
      runtime,
      name: `subscription/${name}`,
      ttlMs,
      onOwned: () => this.#begin(),
      onLost: () => this.#tenure?.stop(),
    })
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) void this.close()
    else void this.#lease.start()
  }

  get active(): boolean {
    return this.#tenure !== undefined
  }

  async lag(): Promise<number> {
    const { store, name } = this.#settings
    const [{ settled }, checkpoint] = await Promise.all([
      store.readLog({ after: Number.MAX_SAFE_INTEGER, max: 1 }),
      store.checkpoint(name),
    ])
    return Math.max(0, settled - Math.max(checkpoint, this.#tenure?.position ?? 0))
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

  #begin(): void {
    const fence = this.#lease.fence
    if (!fence || this.#closing) return
    const isOwned = (): boolean => this.#lease.fence?.epoch === fence.epoch
    const tenure = new Tenure(this.#settings, fence, isOwned, this.#events)
    this.#tenure = tenure
    this.#events.emit('owned', { name: this.name, epoch: fence.epoch })
    this.#running = this.#serve(tenure, fence, this.#running)
  }

  /** Begins when the tenure before has really ended: its handler may not have heeded the signal at once. */
  async #serve(tenure: Tenure, fence: Fence, before: Promise<void>): Promise<void> {
    await before
    const end = await tenure.run()
    if (this.#tenure === tenure) this.#tenure = undefined
    this.#events.emit('released', { name: this.name, epoch: fence.epoch })
    if (end === 'fenced') this.#lease.lose(fence)
  }

  async #close(): Promise<void> {
    this.#settings.signal?.removeEventListener('abort', this.#onAbort)
    this.#tenure?.stop()
    await this.#running
    await this.#lease.stop()
  }
}
