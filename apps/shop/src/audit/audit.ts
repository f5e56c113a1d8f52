import { auditOrder } from './audit-order.ts'
import type { Evidence } from './evidence.ts'
import { FINDING_KINDS, type Finding, type FindingKind } from './finding.ts'
import { accountsOf, type OrderAccount } from './order-accounts.ts'

/** What became of the orders that customers were told "paid" or "pending" about. */
export interface AcceptedCounts {
  readonly accepted: number
  readonly completed: number
  readonly compensated: number
  readonly parked: number
  /** Parked ones for which the shop gives no cause. */
  readonly parkedWithoutCause: number
  readonly unfinished: number
}

export interface AuditReport {
  readonly findings: readonly Finding[]
  /** How many findings of each kind. */
  readonly counts: Readonly<Record<FindingKind, number>>
  readonly accepted: AcceptedCounts
  /** How much evidence there was. */
  readonly looked: Readonly<Record<keyof Evidence, number>>
}

/**
 * Compares what customers were told with what the shop's databases and the providers' ledgers hold, order by order and
 * article by article. Pure: the same evidence gives the same report.
 */
export function audit(evidence: Evidence): AuditReport {
  const accounts = accountsOf(evidence)
  const findings = [...accounts.flatMap((account) => [...auditOrder(account)]), ...auditStock(evidence)]
  const counts = Object.fromEntries(
    FINDING_KINDS.map((kind) => [kind, findings.filter((finding) => finding.kind === kind).length]),
  ) as Record<FindingKind, number>
  return {
    findings,
    counts,
    accepted: countAccepted(accounts),
    looked: {
      sent: evidence.sent.length,
      acknowledgements: evidence.acknowledgements.length,
      orders: evidence.orders.length,
      movements: evidence.movements.length,
      payments: evidence.payments.length,
      reservations: evidence.reservations.length,
      stock: evidence.stock.length,
      shipments: evidence.shipments.length,
    },
  }
}

/** True for what must never be found; orders that are not finished, or wait for a person, are judged by their share. */
export function isWrong({ kind }: Finding): boolean {
  return kind !== 'UNFINISHED' && kind !== 'PARKED'
}

function countAccepted(accounts: readonly OrderAccount[]): AcceptedCounts {
  const accepted = accounts.filter(({ answer }) => answer?.status === 'paid' || answer?.status === 'pending')
  const withStatus = (...statuses: readonly string[]): readonly OrderAccount[] =>
    accepted.filter(({ view }) => view !== undefined && statuses.includes(view.status))
  const parked = withStatus('parked')
  return {
    accepted: accepted.length,
    completed: withStatus('completed').length,
    compensated: withStatus('cancelled').length,
    parked: parked.length,
    parkedWithoutCause: parked.filter(({ view }) => (view?.reason ?? '') === '').length,
    unfinished: withStatus('placed', 'paid').length,
  }
}

function* auditStock({ stock, reservations }: Evidence): Generator<Finding> {
  const held = new Map<string, number>()
  for (const { lines } of reservations)
    for (const { sku, quantity } of lines) held.set(sku, (held.get(sku) ?? 0) + quantity)
  const known = new Set(stock.map(({ sku }) => sku))
  for (const { sku, opening, available } of stock) {
    const reserved = held.get(sku) ?? 0
    if (opening !== available + reserved || available < 0)
      yield leak(
        sku,
        `opened with ${opening}, has ${available} and ${reserved} held: ${opening - available - reserved} are missing`,
      )
  }
  for (const [sku, quantity] of held)
    if (!known.has(sku)) yield leak(sku, `${quantity} held of an article that is not in stock`)
}

function leak(sku: string, text: string): Finding {
  return { kind: 'STOCK_LEAK', sku, text: `article ${sku}: ${text}` }
}
