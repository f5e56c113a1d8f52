import { FixedWindow } from './fixed-window.ts'

/**
 * Permits that are refreshed: time is cut into periods of `perMs`, at multiples of it on the runtime's clock, and each period has
 * `limit` permits. With a queue, those who wait have the first claim on the permits of the periods to come. What a period has
 * left is not carried over.
 *
 * Promises: at most `limit` in each period; so at most twice as much in any span of `perMs`.
 *
 * After the rate limiter of Resilience4j. Unlike there, a caller that stops waiting gives back what it had claimed.
 */
export class RefreshPeriod extends FixedWindow {
  protected override endFrom(now: number): number {
    const end = (Math.floor(now / this.perMs) + 1) * this.perMs
    // The quotient can be rounded to just below a whole number: a period must not end when it begins.
    return end > now ? end : end + this.perMs
  }
}
