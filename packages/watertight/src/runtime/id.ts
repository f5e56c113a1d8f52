const MAX_TIMESTAMP = 2 ** 48 - 1
const COUNTER_LIMIT = 2 ** 42

/**
 * Makes UUIDs of version 7 (RFC 9562), each greater than the one before, also where the wall clock stands still or steps
 * back: then the time of the last id is kept and a counter goes up. Of 74 bits beside the time, 42 count (method 1 of
 * section 6.2: from a random start in the lower half, and the time is moved on should they run out) and 32 are random.
 *
 * Ids are unique, not secret: whoever sees one can guess its neighbours.
 *
 * @param wallTime epoch milliseconds
 * @param word a random whole number in [0, 2^32)
 * @example
 * const id = makeIds(() => Date.now(), () => crypto.getRandomValues(new Uint32Array(1))[0]!)
 * id() < id() // true
 */
export function makeIds(wallTime: () => number, word: () => number): () => string {
  let time = -1
  let counter = 0

  const startAt = (timestamp: number): void => {
    time = timestamp
    counter = (word() % 2 ** 9) * 2 ** 32 + word()
  }

  return () => {
    const now = Math.min(MAX_TIMESTAMP, Math.max(0, Math.floor(wallTime())))
    if (now > time) startAt(now)
    else if (++counter === COUNTER_LIMIT) startAt(time + 1)
    return format(time, counter, word())
  }
}

function format(time: number, counter: number, random: number): string {
  const timestamp = hex(time, 12)
  const high = hex(Math.floor(counter / 2 ** 30), 3)
  const middle = hex(0x8000 | ((counter >>> 16) & 0x3fff), 4)
  return `${timestamp.slice(0, 8)}-${timestamp.slice(8)}-7${high}-${middle}-${hex(counter & 0xffff, 4)}${hex(random, 8)}`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
