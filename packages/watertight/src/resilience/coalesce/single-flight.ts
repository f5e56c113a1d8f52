import type { Outcome } from '../outcome.ts'
import type { Inner, Site } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { SharedFlight } from './shared-flight.ts'

/** How a flight of a {@link SingleFlight} is made. */
export interface SingleFlightStart {
  readonly limitMs: number
  readonly background: boolean
  readonly done?: (outcome: Outcome<unknown>) => Promise<unknown> | undefined
}

/** At most one flight for each key that calls can join (named after Go's `golang.org/x/sync/singleflight`). */
export class SingleFlight {
  readonly #site: Site
  readonly #flights = new Map<string, SharedFlight>()

  constructor(site: Site) {
    this.#site = site
  }

  /** Keys that have a flight. */
  get size(): number {
    return this.#flights.size
  }

  find(key: string): SharedFlight | undefined {
    return this.#flights.get(key)
  }

  /** Sets out for `key`; nobody joins an earlier flight any more. */
  start(key: string, scope: Scope, inner: Inner, { limitMs, background, done }: SingleFlightStart): SharedFlight {
    const flight: SharedFlight = new SharedFlight(scope, inner, this.#site, {
      limitMs,
      background,
      done: (outcome) => done?.(outcome),
      closed: () => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key)
      },
    })
    this.#flights.set(key, flight)
    flight.start()
    return flight
  }

  /** Later calls do not join what is under way for `key`; without one: for any key. Who waits already is served. */
  forget(key?: string): void {
    if (key === undefined) this.#flights.clear()
    else this.#flights.delete(key)
  }

  /** @throws Error when a flight goes on that nobody waits for. */
  check(): void {
    for (const [key, flight] of this.#flights) {
      if (!flight.wanted) throw new Error(`nobody waits for the flight of ${key}`)
    }
  }
}
