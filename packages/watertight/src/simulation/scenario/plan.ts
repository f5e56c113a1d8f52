import type { Expectation } from './verdict/expectation.ts'

/** How long a scenario runs, and what is expected of it: what the function of a scenario returns. */
export class Plan {
  readonly untilMs: number
  readonly #expectations: Expectation[] = []

  constructor(untilMs: number) {
    this.untilMs = untilMs
  }

  get expectations(): readonly Expectation[] {
    return this.#expectations
  }

  /** All of these have to hold. */
  expect(...expectations: readonly Expectation[]): this {
    this.#expectations.push(...expectations)
    return this
  }
}
