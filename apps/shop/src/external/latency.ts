import { keyedRandom } from 'watertight'

/** How wide the latencies spread: with 0.4, one of a hundred takes about 2.5 times the median. */
const SPREAD = 0.4

/**
 * Milliseconds that an answer takes: lognormal around a median, as the latencies of real services are, and drawn by seed and
 * key, so that the same request of the same run takes the same time.
 *
 * @example
 * const latency = lognormalLatency(7, 'carrier', 20)
 * latency('order-536365-ship') // the same for every run with seed 7
 */
export function lognormalLatency(seed: number, role: string, medianMs: number): (key: string) => number {
  const random = keyedRandom(seed)
  return (key) => {
    // Box and Muller: two even draws make one normal draw. 1 - u keeps the logarithm away from 0.
    const radius = Math.sqrt(-2 * Math.log(1 - random(`${role}/latency/${key}`, 0)))
    const normal = radius * Math.cos(2 * Math.PI * random(`${role}/latency/${key}`, 1))
    return medianMs * Math.exp(SPREAD * normal)
  }
}
