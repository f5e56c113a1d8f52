import type { StoredEvent } from '../../../store/event.ts'
import type { AppendSeen, ReadSeen } from '../history.ts'
import { valueOf } from './ledger.ts'

/** What clients and subscriptions saw. */
export class SightingsLog {
  readonly reads: ReadSeen[] = []
  readonly #appends = new Map<string, AppendSeen>()
  readonly #handed: string[] = []
  #epoch = 0
  /** The first batch that was handed over by a member that had been replaced. */
  handedLate: string | undefined

  begun(list: string, values: readonly string[], now: number): number {
    this.#appends.set(values.join(), { list, values, outcome: 'unknown', from: now, to: Infinity })
    return now
  }

  /** `length` is missing when the answer was no: an earlier try may yet have succeeded. */
  answered(values: readonly string[], length: number | undefined, now: number): void {
    const begun = this.#appends.get(values.join())
    if (begun && length !== undefined) this.#appends.set(values.join(), { ...begun, outcome: 'done', length, to: now })
  }

  /** A member was granted the subscription. */
  owned(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch)
  }

  handed(events: readonly StoredEvent[], epoch: number): void {
    if (epoch < this.#epoch) this.handedLate ??= `under epoch ${epoch}, when ${this.#epoch} had begun`
    this.#handed.push(...events.map(valueOf))
  }

  get appends(): readonly AppendSeen[] {
    return [...this.#appends.values()]
  }

  /** What was handed over, each value where it came first: members that overlap repeat each other. */
  get firstHanded(): readonly string[] {
    return [...new Set(this.#handed)]
  }
}
