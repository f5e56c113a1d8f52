/**
 * How long something takes, as a law of chance. Times are in milliseconds.
 *
 * A law draws from what it is given and keeps nothing, so that the same draws give the same time in every run, whatever else
 * is simulated. All laws use the logarithm of this package: the same draws give the same time on every platform.
 */
export interface Law {
  /** The exact mean; Infinity where it does not exist. */
  readonly mean: number
  /** One time. `u` draws a number in [0, 1); a law may draw several. */
  sample(u: () => number): number
}
