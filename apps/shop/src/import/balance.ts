import { type Entry, type Kind, KINDS } from './entry.ts'
import { PER_PENNY } from './money.ts'
import type { Reject } from './row.ts'

/** Rows, units and money of one side of the balance. `amount` is in hundredths of a penny. */
export interface Sum {
  readonly rows: number
  readonly units: number
  readonly amount: number
}

/** What went in and where it came out. */
export interface Balance {
  readonly input: Sum
  readonly kinds: Readonly<Record<Kind, Sum & { readonly invoices: number }>>
  readonly rejected: { readonly rows: number; readonly amount: number; readonly withoutAmount: number }
  /** Parts of pennies that prices in whole pence cannot hold, in hundredths of a penny. */
  readonly rounding: number
  /** True when rows and money of all outputs and the rejects are those of the input. */
  readonly addsUp: boolean
}

/** Compares what came out with what was read, counted independently of it. */
export function balance(input: Sum, entries: readonly Entry[], rejects: readonly Reject[]): Balance {
  const kinds = Object.fromEntries(
    KINDS.map((kind) => [kind, { invoices: 0, rows: 0, units: 0, amount: 0 }]),
  ) as Record<Kind, { invoices: number; rows: number; units: number; amount: number }>
  let rounding = 0
  for (const { kind, lines } of entries) {
    const sum = kinds[kind]
    sum.invoices++
    for (const line of lines) {
      sum.rows++
      sum.units += line.quantity
      sum.amount += line.quantity * line.unitPriceMinor * PER_PENNY
      rounding += line.rounding
    }
  }
  const rejected = {
    rows: rejects.length,
    amount: rejects.reduce((sum, { amount = 0 }) => sum + amount, 0),
    withoutAmount: rejects.filter(({ amount }) => amount === undefined).length,
  }
  const total = (of: (sum: Sum) => number): number => KINDS.reduce((sum, kind) => sum + of(kinds[kind]), 0)
  return {
    input,
    kinds,
    rejected,
    rounding,
    addsUp:
      total(({ rows }) => rows) + rejected.rows === input.rows &&
      total(({ amount }) => amount) + rounding + rejected.amount === input.amount,
  }
}
