import type { World } from '../kernel/world.ts'
import type { Arrivals } from '../model/arrivals.ts'
import type { Visits } from './visits.ts'

/** Sends the requests of one route in an open loop, which waits for no answer. */
export class Load {
  readonly #world: World
  readonly #arrivals: Arrivals
  readonly #visits: Visits
  readonly #draw: () => number
  #sent = 0
  #due = 0

  constructor(world: World, route: string, arrivals: Arrivals, visits: Visits) {
    this.#world = world
    this.#arrivals = arrivals
    this.#visits = visits
    const stream = `arrivals/${route}`
    this.#draw = () => world.random(stream)
  }

  /** Schedules the next request, and so all that follow. */
  start(): void {
    const due = this.#arrivals.next(this.#due, this.#draw)
    if (due === undefined) return
    this.#due = due
    this.#world.schedule(due, this.#send)
  }

  readonly #send = (): void => {
    const dueAt = this.#due
    this.start()
    void this.#visits.send(++this.#sent, dueAt)
  }
}
