import type { FaultSwitch } from '../process/faults.ts'
import type { ChargeBook, ChargeRequest, KeyState } from './charge-book.ts'
import type { Pauses } from './pauses.ts'
import { SingleFlight } from './single-flight.ts'

export interface ChargeAnswer {
  readonly state: KeyState
  /** The money has moved, and the connection is to be cut instead of telling it. */
  readonly lost: boolean
}

/** Decides about charges as a real provider does: in its own time, once per key, and not always telling. */
export class ChargeDesk {
  readonly #book: ChargeBook
  readonly #faults: FaultSwitch
  readonly #pauses: Pauses
  readonly #latency: (key: string) => number
  readonly #flights = new SingleFlight<KeyState>()

  constructor(book: ChargeBook, faults: FaultSwitch, pauses: Pauses, latency: (key: string) => number) {
    this.#book = book
    this.#faults = faults
    this.#pauses = pauses
    this.#latency = latency
  }

  /** A repeated key gets the first answer, and waits for one that is under way. The work goes on when the caller leaves. */
  async charge(key: string, request: ChargeRequest): Promise<ChargeAnswer> {
    const known = await this.#book.find(key)
    if (known) return { state: known, lost: false }
    const { led, value: state } = await this.#flights.run(key, () => this.#decide(key, request))
    const lost = led && state.kind === 'charge' && this.#faults.hits('answerLostRate', key)
    if (lost) this.#faults.count('answerLost')
    return { state, lost }
  }

  async #decide(key: string, request: ChargeRequest): Promise<KeyState> {
    const { lateMs = 0 } = this.#faults.current
    const late = lateMs > 0 && this.#faults.hits('lateRate', key)
    if (late) this.#faults.count('late')
    await this.#pauses.wait(late ? lateMs : this.#latency(key))
    // The book decides once more: the key may have been closed while this charge was on its way.
    if (this.#faults.hits('declineRate', key)) {
      this.#faults.count('declined')
      return this.#book.decline(key)
    }
    const state = await this.#book.charge(key, request)
    if (late) this.#faults.count(state.kind === 'charge' ? 'lateCharged' : 'lateRefused')
    return state
  }
}
