import { type Append, type NewEvent, streamId } from 'watertight/store'

/** What both sides write in each append: two events of an order. */
export interface OrderAppend {
  readonly order: string
  readonly events: readonly [NewEvent, NewEvent]
  /** How many events the order has: every second append is the first of its order. */
  readonly version: 0 | 2
}

/** Appends for one worker: a new order, then the same order again, and so on. Ids are unique among all of one process. */
export function* orderAppends(worker: string): Generator<OrderAppend, never> {
  for (let n = 0; ; n++) {
    const order = `${worker}-${n}`
    yield { order, events: [event(order, 1), event(order, 2)], version: 0 }
    yield { order, events: [event(order, 3), event(order, 4)], version: 2 }
  }
}

/** As our stores take it. */
export function appendOf({ order, events, version }: OrderAppend): Append {
  const expected = version === 0 ? 'absent' : version
  return { stream: streamId('order', order), expected, appendId: `${order}-${version}`, events }
}

/** One event of an order: about as much as a line of a real one. */
export function event(order: string, n: number): NewEvent {
  return {
    id: `${order}-${n}`,
    type: 'order.lineAdded',
    schema: 1,
    data: {
      order,
      line: n,
      sku: '85123A',
      description: 'WHITE HANGING HEART T-LIGHT HOLDER',
      quantity: 6,
      unitPrice: 255,
      country: 'United Kingdom',
      giftWrap: false,
    },
    meta: { correlation: order, causation: `${order}-command-${n}` },
  }
}
