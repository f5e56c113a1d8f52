import type { World } from '../kernel/world.ts'
import type { DeclaredLoad } from './cast.ts'
import { idOf, LoadCall } from './load-call.ts'
import type { RouteRecorder } from './record/route-recorder.ts'

/** Sends the requests of one route in an open loop, which waits for no answer. */
export class Load {
  readonly #world: World
  readonly #load: DeclaredLoad
  readonly #route: RouteRecorder
  readonly #draw: () => number
  #id: number
  #due = 0

  /** `number`: of the route, from 1 on. */
  constructor(world: World, number: number, route: RouteRecorder, load: DeclaredLoad) {
    this.#world = world
    this.#load = load
    this.#route = route
    this.#id = idOf(number, 0)
    const stream = `arrivals/${route.name}`
    this.#draw = () => world.random(stream)
  }

  /** Schedules the next request, and so all that follow. */
  start(): void {
    const due = this.#load.arrivals.next(this.#due, this.#draw)
    if (due === undefined) return
    this.#due = due
    this.#world.schedule(due, this.#send)
  }

  readonly #send = (): void => {
    const id = ++this.#id
    const dueAt = this.#due
    this.start()
    this.#route.offered(dueAt)
    let answer: unknown
    try {
      answer = this.#load.handler(this.#callOf(id, dueAt))
    } catch (error) {
      this.#failed(id, dueAt, error)
      return
    }
    if (answer instanceof Promise) {
      answer.then(
        () => this.#succeeded(id, dueAt),
        (error: unknown) => this.#failed(id, dueAt, error),
      )
    } else this.#succeeded(id, dueAt)
  }

  #callOf(id: number, dueAt: number): LoadCall {
    const { withinMs } = this.#load
    return new LoadCall(id, dueAt, withinMs === Infinity ? undefined : dueAt + withinMs)
  }

  #succeeded(id: number, dueAt: number): void {
    this.#world.trace('answered', id)
    this.#route.succeeded(dueAt, this.#world.now())
  }

  #failed(id: number, dueAt: number, error: unknown): void {
    const code = codeOf(error)
    this.#world.trace('failed', id, code)
    this.#route.failed(dueAt, this.#world.now(), code)
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'FAILED'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'FAILED'
}
