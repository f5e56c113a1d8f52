import { isFee, totalMinor } from '../contract/retail-order.ts'
import type { Finding, FindingKind } from './finding.ts'
import { net, type OrderAccount } from './order-accounts.ts'

/** What is wrong with one order. */
export function* auditOrder(account: OrderAccount): Generator<Finding> {
  const { id } = account
  const found = (kind: FindingKind, text: string): Finding => ({ kind, orderId: id, text: `order ${id}: ${text}` })
  yield* auditAnswer(account, found)
  yield* auditMoney(account, found)
  yield* auditGoods(account, found)
}

type Found = (kind: FindingKind, text: string) => Finding

function* auditAnswer({ answer, view, sent }: OrderAccount, found: Found): Generator<Finding> {
  const acknowledged = answer?.status === 'paid' || answer?.status === 'pending'
  if (acknowledged && view === undefined)
    yield found('LOST_ORDER', `the customer was told "${answer.status}", and the shop does not know the order`)
  if (view?.status === 'placed' || view?.status === 'paid') yield found('UNFINISHED', `it is still "${view.status}"`)
  if (view?.status === 'parked') yield found('PARKED', `it waits for a person: ${view.reason ?? 'no reason given'}`)
  if (view !== undefined && sent !== undefined && view.totalMinor !== totalMinor(sent))
    yield found('WRONG_AMOUNT', `stored with ${pounds(view.totalMinor)}, ordered for ${pounds(totalMinor(sent))}`)
}

function* auditMoney(account: OrderAccount, found: Found): Generator<Finding> {
  const { answer, view, movements, netMinor } = account
  const charges = movements.filter(({ kind }) => kind === 'charge')
  if (charges.length > 1)
    yield found(
      'CHARGED_TWICE',
      `${charges.length} charges: ${charges.map(({ provider, chargeId }) => `${provider} ${chargeId}`).join(', ')}`,
    )
  const cancelled = view?.status === 'cancelled'
  const saidNo = answer?.status === 'refused' || answer?.status === 'rejected'
  const lastCharge = Math.max(...charges.map(({ at }) => at))
  if (netMinor > 0 && cancelled && lastCharge <= view.at)
    yield found('MISSING_REFUND', `cancelled, and ${pounds(netMinor)} were not given back`)
  else if (netMinor > 0 && (cancelled || saidNo))
    yield found('CHARGED_AFTER_REFUSAL', `refused, and ${pounds(netMinor)} were taken`)
  if (netMinor > 0 && view === undefined && !saidNo)
    yield found('MONEY_MISMATCH', `${pounds(netMinor)} were taken, and the shop does not know the order`)
  if (view?.status === 'completed' && charges.length < 2 && netMinor !== view.totalMinor)
    yield netMinor <= 0
      ? found('COMPLETED_UNPAID', `completed, and ${pounds(view.totalMinor)} were never paid`)
      : found('WRONG_AMOUNT', `costs ${pounds(view.totalMinor)}, charged ${pounds(netMinor)}`)
  yield* auditBooks(account, found)
}

/** Each payment of the shop's books against what the providers moved for its order. */
function* auditBooks({ payments, movements, netMinor }: OrderAccount, found: Found): Generator<Finding> {
  const booked = payments.reduce((sum, { status, amountMinor }) => sum + (status === 'charged' ? amountMinor : 0), 0)
  const twice = movements.filter(({ kind }) => kind === 'charge').length > 1
  const unsettled = payments.some(({ status }) => status === 'unsettled')
  // What is not settled yet is neither right nor wrong, and a double charge has its own name.
  if (booked !== netMinor && !unsettled && !twice)
    yield found('MONEY_MISMATCH', `the shop's books say ${pounds(booked)}, the providers' ledgers ${pounds(netMinor)}`)
  for (const [chargeId, moved] of Map.groupBy(movements, (movement) => movement.chargeId))
    if (net(moved) < 0) yield found('MONEY_MISMATCH', `charge ${chargeId} gave back ${pounds(-net(moved))} too much`)
}

function* auditGoods({ sent, view, held, shipped }: OrderAccount, found: Found): Generator<Finding> {
  const ordered = unitsBySku(sent?.lines.filter((line) => !isFee(line)) ?? [])
  const goods = ordered.size > 0
  const gone = view === undefined || view.status === 'cancelled'
  const known = view === undefined ? 'unknown to the shop' : view.status
  if (view?.status === 'completed' && goods && !shipped)
    yield found('COMPLETED_UNSHIPPED', 'completed, and never shipped')
  if (view?.status === 'completed' && goods && held.length === 0)
    yield found('STOCK_LEAK', 'completed, and no stock was taken for it')
  else if (view?.status === 'completed' && sent !== undefined && !areSame(ordered, unitsBySku(held)))
    yield found('STOCK_LEAK', 'completed, and the stock that was taken for it is not what was ordered')
  if (gone && held.length > 0) yield found('STOCK_LEAK', `${known}, and it still holds ${held.length} articles`)
  if (gone && shipped) yield found('STOCK_LEAK', `${known}, and its goods were shipped`)
}

function unitsBySku(lines: OrderAccount['held']): ReadonlyMap<string, number> {
  const units = new Map<string, number>()
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity)
  return units
}

function areSame(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([sku, quantity]) => b.get(sku) === quantity)
}

function pounds(minor: number): string {
  return `£${(minor / 100).toFixed(2)}`
}
