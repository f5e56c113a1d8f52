import type { Runtime } from '../../runtime/runtime.ts'

/**
 * The draws of one purpose, keyed by request and attempt: the same ones in every run of a seed, whatever else is drawn and in
 * whatever order. A request that draws several times has a stream for each of them.
 *
 * @example
 * const draws = new KeyedDraws(world, 'service:payment')
 * const took = law.sample(draws.of(call.id, attempt))
 */
export class KeyedDraws {
  readonly #runtime: Pick<Runtime, 'random'>
  readonly #streams: string[]
  #call = 0
  #path = 0
  #drawn = 0
  readonly #draw = (): number => {
    const index = this.#drawn++
    this.#streams[index] ??= `${this.#streams[0]}/${index + 1}`
    return this.#runtime.random(this.#streams[index], this.#call, this.#path)
  }

  constructor(runtime: Pick<Runtime, 'random'>, stream: string) {
    this.#runtime = runtime
    this.#streams = [stream]
  }

  /** Draws for this request, from its first on. To be used up before the next call: it is the same function each time. */
  of(call: number, path: number): () => number {
    this.#call = call
    this.#path = path
    this.#drawn = 0
    return this.#draw
  }
}
