import { mix32 } from '../../runtime/mix32.ts'

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
    this.#high = mix32(this.#high ^ Math.imul(word, 0xcc9e2d51))
    this.#low = mix32((this.#low + Math.imul(word, 0x1b873593)) ^ this.#high)
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
