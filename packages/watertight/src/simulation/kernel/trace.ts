import { TraceHash } from './trace-hash.ts'

/** What is kept of a run: a hash of all that happened, the lines of `trace()` as well, or nothing. */
export type TraceMode = 'hash' | 'text' | 'off'

/** What happened in a simulated world, in order. */
export class Trace {
  /** Texts of the lines, when the mode is `'text'`. */
  readonly lines: string[] = []
  readonly #mode: TraceMode
  readonly #hash = new TraceHash()

  constructor(mode: TraceMode) {
    this.#mode = mode
  }

  /** An event fired: in the hash alone. */
  event(now: number, stamp: number): void {
    if (this.#mode === 'off') return
    this.#hash.number(now)
    this.#hash.number(stamp)
  }

  line(now: number, kind: string, values: readonly (string | number)[]): void {
    if (this.#mode === 'off') return
    this.#hash.number(now)
    this.#hash.text(kind)
    for (const value of values) {
      if (typeof value === 'number') this.#hash.number(value)
      else this.#hash.text(value)
    }
    if (this.#mode === 'text') this.lines.push([now, kind, ...values].join(' '))
  }

  get digest(): string {
    return this.#hash.digest()
  }
}
