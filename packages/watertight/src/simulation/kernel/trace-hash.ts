const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)

/**
 * Folds numbers and texts into 64 bits, in order: two runs with the same hash did the same, for all practical purposes. Numbers
 * count by their bits, so that a last digit that differs is seen.
 *
 * Two 32-bit lanes, mixed by the finaliser of MurmurHash3. Not for secrets.
 *
 * @example
 * const hash = new TraceHash()
 * hash.number(0.1 + 0.2)
 * hash.text('served')
 * hash.digest() // 16 hexadecimal digits
 */
export class TraceHash {
  #high = 0x6a09e667
  #low = 0xbb67ae85

  number(value: number): void {
    // There are many bit patterns for NaN, and platforms differ in them.
    double[0] = Number.isNaN(value) ? Number.NaN : value
    this.#fold(words[0] as number)
    this.#fold(words[1] as number)
  }

  text(value: string): void {
    this.#fold(value.length)
    for (let i = 0; i < value.length; i++) this.#fold(value.charCodeAt(i))
  }

  digest(): string {
    return `${hex(this.#high)}${hex(this.#low)}`
  }

  #fold(word: number): void {
    this.#high = mix(this.#high ^ Math.imul(word, 0xcc9e2d51))
    this.#low = mix((this.#low + Math.imul(word, 0x1b873593)) ^ this.#high)
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}

function mix(word: number): number {
  let mixed = word ^ (word >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
