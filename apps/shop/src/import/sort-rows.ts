import { type Entry, type EntryLine, kindOf, misfit } from './entry.ts'
import { PER_PENNY, toPence } from './money.ts'
import { type Reject, rejectRow, type Row } from './row.ts'

/** A row and the cells it was read from, so that it can still be rejected as it stood in the file. */
export interface ReadRow {
  readonly row: Row
  readonly cells: readonly string[]
}

export interface Sorted {
  /** In order of time, then number. */
  readonly entries: readonly Entry[]
  readonly rejects: readonly Reject[]
  /** Invoices whose time fell into the hour that comes twice; the first one was taken. */
  readonly ambiguousTimes: number
}

/**
 * Groups the rows of each invoice, wherever they stand in the file, and says what each invoice is. Equal rows stay: a double
 * scan and a second equal line look alike. A row whose customer or country is not that of its invoice's first row is rejected.
 */
export function sortRows(all: readonly ReadRow[]): Sorted {
  const rejects: Reject[] = []
  const entries: { readonly entry: Entry; readonly epochMs: number }[] = []
  let ambiguousTimes = 0
  for (const group of Map.groupBy(all, ({ row }) => row.invoice).values()) {
    const kept = ofOneCustomer(group, rejects)
    const kind = kindOf(kept.map(({ row }) => row))
    const rows = kept.flatMap(({ row, cells }) => {
      const reason = misfit(kind, row)
      if (reason !== undefined) rejects.push(rejectRow(row, cells, reason))
      return reason === undefined ? [row] : []
    })
    const first = rows.toSorted((a, b) => a.at.epochMs - b.at.epochMs)[0]
    if (first === undefined) continue
    if (first.at.ambiguous) ambiguousTimes++
    const { invoice: id, customerId, country, at } = first
    entries.push({
      entry: { kind, id, placedAt: at.text, customerId, country, lines: rows.map(entryLine) },
      epochMs: at.epochMs,
    })
  }
  return {
    entries: entries
      .toSorted((a, b) => a.epochMs - b.epochMs || (a.entry.id < b.entry.id ? -1 : 1))
      .map(({ entry }) => entry),
    rejects: rejects.toSorted((a, b) => a.line - b.line),
    ambiguousTimes,
  }
}

function ofOneCustomer(group: readonly ReadRow[], rejects: Reject[]): readonly ReadRow[] {
  const [first] = group
  if (first === undefined) return []
  return group.filter(({ row, cells }) => {
    const { customerId, country, line } = first.row
    if (row.customerId === customerId && row.country === country) return true
    rejects.push(rejectRow(row, cells, `another customer or country than line ${line} of invoice ${row.invoice}`))
    return false
  })
}

function entryLine({ sku, description, quantity, price, line }: Row): EntryLine {
  const unitPriceMinor = toPence(price)
  const rounding = quantity * (price - unitPriceMinor * PER_PENNY)
  return { sku, description, quantity, unitPriceMinor, rounding: rounding === 0 ? 0 : rounding, line }
}
