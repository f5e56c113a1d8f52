import type { RowWrite, Store } from 'watertight/store'
import type { OrderView } from '../contract/orders.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import { ORDERS } from './order-book.ts'

/** Rows without a value that matters: the key sorts by customer, then newest first. */
const TABLE = 'orders-by-customer'
/** Above every time in milliseconds for the next 270,000 years, so that later times sort first. */
const END_OF_TIME = Number.MAX_SAFE_INTEGER
const DIGITS = String(END_OF_TIME).length

/** Lists an order under its customer; a guest's order is not listed. */
export function customerRow(
  { id, customerId }: Pick<RetailOrder, 'id' | 'customerId'>,
  at: number,
): readonly RowWrite[] {
  if (customerId === null) return []
  const newestFirst = String(END_OF_TIME - Math.trunc(at)).padStart(DIGITS, '0')
  return [{ table: TABLE, key: `${prefixOf(customerId)}${newestFirst}/${id}`, value: { orderId: id } }]
}

/** The orders of a customer, newest first. */
export async function ordersOfCustomer(store: Store, customerId: string, max: number): Promise<readonly OrderView[]> {
  const prefix = prefixOf(customerId)
  const listed = await store.scanRows(TABLE, { after: prefix, max })
  const ids = listed
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ value }) => (value as { orderId: string }).orderId)
  const rows = ids.length > 0 ? await store.rows(ORDERS, ids) : []
  return rows.flatMap((row) => (row ? [row.value as OrderView] : []))
}

/** No customer's prefix begins another one's: what is encoded has no slash. */
function prefixOf(customerId: string): string {
  return `${encodeURIComponent(customerId.toWellFormed())}/`
}
