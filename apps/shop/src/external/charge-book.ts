import type { Runtime } from 'watertight'
import { type NewEvent, type Row, type Store, type StreamId, streamId } from 'watertight/store'
import type { Charge, LedgerEntry } from '../contract/payments.ts'

/** What became of a key: the first answer, which every repetition gets again. */
export type KeyState =
  | ({ readonly kind: 'charge' } & Charge)
  | { readonly kind: 'declined' }
  | { readonly kind: 'closed' }

export interface ChargeRequest {
  readonly orderId: string
  readonly amountMinor: number
}

const TABLE = 'charges'

/**
 * A provider's durable memory: its ledger of moved money, and one row per idempotency key. Money and key are written in one
 * commit, so a process killed between any two writes leaves both or none.
 */
export class ChargeBook {
  readonly #store: Store
  readonly #runtime: Runtime
  readonly #ledger: StreamId

  constructor(store: Store, runtime: Runtime, provider: string) {
    this.#store = store
    this.#runtime = runtime
    this.#ledger = streamId('ledger', provider)
  }

  async find(key: string): Promise<KeyState | undefined> {
    return stateOf(await this.#store.row(TABLE, key))
  }

  /** Moves the money, unless the key has an answer already: then that one. */
  charge(key: string, request: ChargeRequest): Promise<KeyState> {
    const { orderId, amountMinor } = request
    return this.#first(key, {
      kind: 'charge',
      key,
      chargeId: this.#runtime.id(),
      orderId,
      amountMinor,
      status: 'charged',
    })
  }

  decline(key: string): Promise<KeyState> {
    return this.#first(key, { kind: 'declined' })
  }

  /** Refuses the key from now on, unless it has an answer already: then that one. */
  close(key: string): Promise<KeyState> {
    return this.#first(key, { kind: 'closed' })
  }

  /** Gives the money back, once per charge. `undefined`: there is no such charge. */
  async refund(key: string, chargeId: string): Promise<KeyState | undefined> {
    for (;;) {
      const row = await this.#store.row(TABLE, key)
      const known = stateOf(row)
      if (row === undefined || known?.kind !== 'charge' || known.chargeId !== chargeId) return undefined
      if (known.status === 'refunded') return known
      const refunded: KeyState = { ...known, status: 'refunded' }
      if (await this.#write(key, refunded, row.version, this.#movement('refund', known))) return refunded
    }
  }

  async #first(key: string, state: KeyState): Promise<KeyState> {
    const movement = state.kind === 'charge' ? this.#movement('charge', state) : undefined
    if (await this.#write(key, state, 0, movement)) return state
    const known = await this.find(key)
    if (known === undefined) throw new Error(`the answer of key ${key} was there, and is gone`)
    return known
  }

  async #write(key: string, state: KeyState, ifVersion: number, movement: NewEvent | undefined): Promise<boolean> {
    const committed = await this.#store.commit({
      ...(movement && {
        appends: [{ stream: this.#ledger, expected: 'any', appendId: movement.id, events: [movement] }],
      }),
      rows: [{ table: TABLE, key, value: state, ifVersion }],
    })
    return committed.ok
  }

  #movement(kind: LedgerEntry['kind'], charge: Charge): NewEvent {
    const { key, orderId, chargeId, amountMinor } = charge
    const data: LedgerEntry = { kind, key, orderId, chargeId, amountMinor, at: this.#runtime.wallTime() }
    return {
      id: this.#runtime.id(),
      type: 'ledger.moved',
      schema: 1,
      data,
      meta: { correlation: orderId, causation: key },
    }
  }
}

function stateOf(row: Row | undefined): KeyState | undefined {
  return row?.value as KeyState | undefined
}
