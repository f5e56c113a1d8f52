/** When requests arrive, whatever becomes of them: an open load does not wait for answers. Times are in milliseconds. */
export interface Arrivals {
  /**
   * The first arrival after the instant `after`, or undefined: no more come. Asked with an arrival that it gave before it gives
   * the next one. `random` draws a number in [0, 1).
   */
  next(after: number, random: () => number): number | undefined
  /** Arrivals a second that are expected at an instant. */
  rateAt(ms: number): number
  /** The same course at `factor` times the rate. */
  scaled(factor: number): Arrivals
}

/** `'poisson'`: by chance, as the requests of many people who do not know of each other. `'even'`: at equal distances. */
export type Spacing = 'poisson' | 'even'
