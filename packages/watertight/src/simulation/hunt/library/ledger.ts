import type { Decider } from '../../../event-store/decider.ts'
import { decider } from '../../../event-store/decider.ts'
import { projection } from '../../../event-store/projection.ts'
import type { Projection } from '../../../event-store/projection.ts'
import { reject } from '../../../event-store/rejection.ts'

/** One movement of money; `value` is its name in the whole history. */
export interface Moved {
  readonly value: string
  readonly amount: number
}

/** The name of a movement that was stored. */
export function valueOf({ data }: { readonly data: unknown }): string {
  return (data as Moved).value
}

/** What an account's events add up to. */
export interface Balance {
  readonly balance: number
  readonly movements: number
}

const NOTHING: Balance = { balance: 0, movements: 0 }

function add({ balance, movements }: Balance, { amount }: Moved): Balance {
  return { balance: balance + amount, movements: movements + 1 }
}

/** What can be wanted of an account. */
export interface LedgerCommands {
  readonly deposit: Moved
  /** Two movements at once. */
  readonly gift: Moved
  readonly withdraw: Moved
}

/** An account that cannot be overdrawn. */
export const ledger: Decider<Balance, { moved: Moved }, LedgerCommands> = decider('ledger', {
  initial: NOTHING,
  snapshot: { every: 3 },
  evolve: { moved: add },
  decide: {
    deposit: (moved: Moved) => ({ type: 'moved' as const, data: moved }),
    gift: ({ value, amount }: Moved) => [
      { type: 'moved' as const, data: { value: `${value}.1`, amount } },
      { type: 'moved' as const, data: { value: `${value}.2`, amount } },
    ],
    withdraw: ({ value, amount }: Moved, { balance }: Balance) =>
      amount <= balance ? { type: 'moved' as const, data: { value, amount: -amount } } : reject('OVERDRAWN'),
  },
})

/** The balance of each account, kept up in the commit of its events. */
export const balances: Projection<Balance> = projection<Balance>('balances', { version: 1 }).on(
  ledger.events.moved,
  (row = NOTHING, moved) => add(row, moved),
)

/** All accounts taken together, kept up behind the events. */
export const total: Projection<Balance> = projection<Balance>('total', { version: 1, key: () => 'all' }).on(
  ledger.events.moved,
  (row = NOTHING, moved) => add(row, moved),
)

/** The next version of {@link total}, which comes to the same. */
export const nextTotal: Projection<Balance> = projection<Balance>('total', { version: 2, key: () => 'all' }).on(
  ledger.events.moved,
  (row = NOTHING, moved) => add(row, moved),
)
