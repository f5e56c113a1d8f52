const MAX_TIMESTAMP = 2 ** 48 - 1
const COUNTER_LIMIT = 2 ** 42

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

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
  const countHigh = Math.floor(counter / 2 ** 30)
  const countLow = counter % 2 ** 30
  return `${hex16(Math.floor(time / 2 ** 32))}${hex16(Math.floor(time / 2 ** 16))}-${hex16(time)}-${hex16(
    0x7000 | countHigh,
  )}-${hex16(0x8000 | (countLow >>> 16))}-${hex16(countLow)}${hex16(random / 2 ** 16)}${hex16(random)}`
}

/** The lowest 16 bits, as four digits. */
function hex16(value: number): string {
  return `${HEX[(value >>> 8) & 0xff]}${HEX[value & 0xff]}`
}
