/** Goes on with a value: at once when it is there, else when its promise has it. */
export function whenKnown<T, U>(value: T | Promise<T>, goOn: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(goOn) : goOn(value)
}
