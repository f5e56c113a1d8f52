import type { OrderLine, RetailOrder } from '../contract/retail-order.ts'
import { type Draw, draws, pick } from './draws.ts'
import { type Article, generatedCatalogue } from './generated-catalogue.ts'
import { atShare } from './quantiles.ts'
import {
  COUNTRIES_ABROAD,
  FEES,
  HOME,
  LINES_OF_CUSTOMER,
  LINES_OF_GUEST,
  POPULARITY_RANKS,
  QUANTITIES,
  SHARE_OF_GUESTS,
} from './retail-facts.ts'

const FIRST_ORDER = 700_001
const FIRST_CUSTOMER = 12_346
const CUSTOMERS = 2_973
const FIRST_INSTANT = Date.UTC(2026, 1, 14, 8)
const MS_BETWEEN = 1_000

/**
 * Made-up orders with the shape of the real ones, without end: lines, quantities, prices, popularity of articles, guests,
 * fees, countries. The same seed makes the same orders.
 */
export function* generatedOrders(seed: number): Generator<RetailOrder, never> {
  const catalogue = generatedCatalogue(seed)
  const draw = draws(seed, 'orders')
  for (let index = 0; ; index++) yield order(index, catalogue, draw)
}

function order(index: number, catalogue: readonly Article[], draw: Draw): RetailOrder {
  const guest = draw() < SHARE_OF_GUESTS
  const country = countryOf(draw())
  const goods = atShare(guest ? LINES_OF_GUEST : LINES_OF_CUSTOMER, draw())
  const lines: OrderLine[] = Array.from({ length: goods }, () => ({
    ...popular(catalogue, draw),
    quantity: atShare(QUANTITIES, draw()),
  }))
  const fees = [FEES.any, ...(guest ? [FEES.guest] : []), ...(country === HOME ? [] : [FEES.abroad])]
  for (const { share, ...fee } of fees) if (draw() < share) lines.push({ ...fee, quantity: 1 })
  return {
    id: String(FIRST_ORDER + index),
    placedAt: new Date(FIRST_INSTANT + index * MS_BETWEEN).toISOString().replace('.000Z', '+00:00'),
    customerId: guest ? null : String(FIRST_CUSTOMER + Math.floor(draw() * CUSTOMERS)),
    country,
    currency: 'GBP',
    lines,
  }
}

function popular(catalogue: readonly Article[], draw: Draw): Article {
  const rank = Math.floor(-Math.log(1 - draw()) * POPULARITY_RANKS)
  return catalogue[rank] ?? pick(catalogue, draw)
}

function countryOf(share: number): string {
  let sum = 0
  return COUNTRIES_ABROAD.find(([, part]) => share < (sum += part))?.[0] ?? HOME
}
