import type { RowWrite } from '../store/commit.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Position } from '../store/position.ts'
import type { Store } from '../store/store.ts'

/** The table of the counts of all subscriptions of a store, by name. */
const DELIVERIES = '@deliveries'
/** Epochs begin with 1. */
const NO_EPOCH = 0

/** A batch that is being handled, or will be next; without bounds: whatever comes next. */
interface Delivery {
  readonly from: Position | null
  readonly to: Position | null
  /** How often it was begun without being finished. */
  readonly count: number
  /** Of the tenure that began it. */
  readonly epoch: number
}

/**
 * Counts durably how often a batch was begun and not finished, so that an event which kills its process is found, whoever
 * handles it next. The count of the next batch is written in the commit of the one before: it costs no write of its own.
 *
 * What a dead member left is handled event by event, each counted alone. That is dearer than halving the batch with each
 * crash, in small commits; it is cheaper in crashes, of which it needs one to find the event instead of eight.
 */
export class DeliveryCount {
  readonly #store: Store
  readonly #name: string
  readonly #epoch: number
  /** What somebody began and did not finish. */
  #left: Delivery | undefined
  /** What this tenure has durably begun. */
  #begun: Delivery | undefined

  constructor(store: Store, name: string, epoch: number) {
    this.#store = store
    this.#name = name
    this.#epoch = epoch
  }

  /** Looks at what is written: at the beginning, and after an error that leaves open what was. */
  async recall(checkpoint: Position): Promise<void> {
    const row = await this.#store.row(DELIVERIES, this.#name)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this class writes the table
    const written = row?.value as Delivery | undefined
    this.#begun = undefined
    this.#left = undefined
    if (written === undefined || (written.to !== null && written.to <= checkpoint)) return
    // What this tenure began itself ended in an error that it lived to see.
    const count = written.epoch === this.#epoch ? written.count - 1 : written.count
    if (count > 0) this.#left = { ...written, count }
  }

  /** Whether these events are among what killed a process, and must be handled one by one. At least one event. */
  isSuspect(events: readonly StoredEvent[]): boolean {
    const left = this.#left
    if (left === undefined) return false
    // Whatever came next killed it: a batch of today's is what can be said.
    if (left.to === null) this.#left = { ...left, to: positionOf(events, -1) }
    return left.to === null || positionOf(events, 0) <= left.to
  }

  /** How many processes died while they handled exactly these events, and no others. */
  crashesOf(events: readonly StoredEvent[]): number {
    const left = this.#left
    const isIt = events.length === 1 && left?.from === left?.to && left?.from === positionOf(events, 0)
    return isIt ? (left?.count ?? 0) : 0
  }

  /** What has to be written before the events are handled; nothing when the commit before has done it. */
  begin(events: readonly StoredEvent[]): RowWrite | undefined {
    const [from, to] = [positionOf(events, 0), positionOf(events, -1)]
    const begun = this.#begun
    if (begun !== undefined && (begun.to === null || (begun.from === from && begun.to === to))) return undefined
    return this.#row({ from, to, count: this.crashesOf(events) + 1, epoch: this.#epoch })
  }

  /** What has to be written in the commit of a batch, to begin the next: `undefined` when nobody knows it yet. */
  beginNext(events: readonly StoredEvent[] | undefined): RowWrite {
    const bounds = events ? { from: positionOf(events, 0), to: positionOf(events, -1) } : { from: null, to: null }
    return this.#row({ ...bounds, count: 1, epoch: this.#epoch })
  }

  /** What has to be written when the handling ended without an end of the process; nothing when nothing was begun. */
  end(): RowWrite | undefined {
    const begun = this.#begun
    if (begun === undefined) return undefined
    this.#begun = undefined
    // Of no tenure: what it counts now are crashes.
    return { table: DELIVERIES, key: this.#name, value: { ...begun, count: begun.count - 1, epoch: NO_EPOCH } }
  }

  #row(delivery: Delivery): RowWrite {
    this.#begun = delivery
    return { table: DELIVERIES, key: this.#name, value: delivery }
  }
}

function positionOf(events: readonly StoredEvent[], index: 0 | -1): Position {
  return events.at(index)?.position ?? 0
}
