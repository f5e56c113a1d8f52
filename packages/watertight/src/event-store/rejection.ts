const REJECTION: unique symbol = Symbol.for('watertight.rejection')

/** A business answer that says no: a value, never thrown. */
export interface Rejection<Code extends string = string> {
  readonly [REJECTION]: true
  /** What a program decides by, such as `CART_CLOSED`. */
  readonly code: Code
  /** JSON data for whoever asked. */
  readonly detail: unknown
}

/**
 * Says no as a value: from a decider it reaches the caller of the command, from a saga step it starts the compensation.
 *
 * @example
 * const decide = (command: AddItem, cart: Cart) => (cart.closed ? reject('CART_CLOSED') : { type: 'itemAdded', data: command })
 */
export function reject<const Code extends string>(code: Code, detail?: unknown): Rejection<Code> {
  return { [REJECTION]: true, code, detail }
}

/** Tells a {@link reject}ion from any other value. */
export function isRejection(value: unknown): value is Rejection {
  return typeof value === 'object' && value !== null && REJECTION in value
}
