import { keyedRandom } from '../../runtime/random.ts'
import type { LimitLaw } from './limit-law.ts'

/** A server with so many workers, one queue, and callers that never run out. */
export interface ServerModel {
  /** How many calls are worked on at once, at an instant. */
  readonly workers: (now: number) => number
  /** Mean time of the work itself, in milliseconds. */
  readonly serviceMs: number
  /** Whether service times are drawn from an exponential distribution; else all are the same. */
  readonly random: boolean
  /** Calls a second that arrive, evenly. */
  readonly rate: number
  /** More that are in the server at once are pushed back at once. Default: no bound. */
  readonly capacity?: number
  readonly forMs: number
  readonly seed?: number
}

/** What the limit did: its mean over the last quarter, and the share of the time that the workers were busy then. */
export interface Course {
  readonly limit: number
  readonly busy: number
  /** The limit at each whole second. */
  readonly limits: readonly number[]
}

interface InServer {
  readonly startedAt: number
  readonly endsAt: number
  readonly inFlight: number
  readonly dropped: boolean
}

/** Lets `law` limit calls to a first come, first served server: a discrete event loop, without a runtime and its promises. */
export function run(law: LimitLaw, model: ServerModel): Course {
  const { workers, serviceMs, forMs, capacity = Infinity } = model
  const random = keyedRandom(model.seed ?? 1)
  const inServer: InServer[] = []
  const free: number[] = []
  const gapMs = 1_000 / model.rate
  const lastQuarter = forMs * 0.75
  const limits: number[] = []
  let [sum, samples, work, draws] = [0, 0, 0, 0]
  const serve = (now: number): number => {
    while (free.length < workers(now)) free.push(now)
    free.sort((a, b) => a - b)
    free.length = workers(now)
    const took = model.random ? -serviceMs * Math.log(1 - random('service', draws++)) : serviceMs
    const from = Math.max(now, free[0] ?? now)
    free[0] = from + took
    if (now > lastQuarter) work += took
    return from + took
  }
  const finish = (until: number): void => {
    for (let first = inServer[0]; first !== undefined && first.endsAt <= until; first = inServer[0]) {
      inServer.shift()
      const { startedAt, endsAt, inFlight, dropped } = first
      law.learn({ durationMs: endsAt - startedAt, inFlight, dropped, startedAt, now: endsAt })
    }
  }
  for (let now = 0; now < forMs; now += gapMs) {
    finish(now)
    law.tick?.(now)
    if (now >= limits.length * 1_000) limits.push(law.limit)
    if (now > lastQuarter) {
      sum += law.limit
      samples++
    }
    if (inServer.length >= Math.max(1, Math.floor(law.limit))) continue
    const dropped = inServer.length >= capacity
    const call = { startedAt: now, endsAt: dropped ? now : serve(now), inFlight: inServer.length + 1, dropped }
    const at = inServer.findLastIndex(({ endsAt }) => endsAt <= call.endsAt)
    inServer.splice(at + 1, 0, call)
  }
  return { limit: sum / samples, busy: work / ((forMs - lastQuarter) * workers(forMs)), limits }
}
