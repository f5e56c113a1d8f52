import type { RetailOrder } from '../contract/retail-order.ts'
import { generatedOrders } from './generated-orders.ts'
import { readOrders } from './orders-file.ts'

/** The orders of a run, and where they are from. */
export interface OrdersOfRun {
  readonly orders: readonly RetailOrder[]
  readonly source: string
  /** How often the source was begun again. */
  readonly repeated: number
}

/** The first `count` orders of a file, or generated ones; a file that is too short is repeated with new ids. */
export async function takeOrders(file: string | undefined, seed: number, count: number): Promise<OrdersOfRun> {
  if (file === undefined)
    return { orders: firstOf(generatedOrders(seed), count), source: `generated, seed ${seed}`, repeated: 0 }
  const { orders, inFile } = await readOrders(file, count)
  return { orders: repeatTo(orders, count), source: file, repeated: Math.max(0, Math.ceil(count / inFile) - 1) }
}

/** Goes round again with ids `<id>-r2`, `<id>-r3` … until there are `count`. */
export function repeatTo(orders: readonly RetailOrder[], count: number): readonly RetailOrder[] {
  return Array.from({ length: count }, (_, index) => {
    const order = orders[index % orders.length]
    if (order === undefined) throw new RangeError('there is no order to repeat')
    const round = Math.floor(index / orders.length) + 1
    return round === 1 ? order : { ...order, id: `${order.id}-r${round}` }
  })
}

function firstOf(source: Iterator<RetailOrder, never>, count: number): readonly RetailOrder[] {
  return Array.from({ length: count }, () => source.next().value)
}
