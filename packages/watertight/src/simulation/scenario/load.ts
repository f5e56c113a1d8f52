import type { World } from '../kernel/world.ts'
import { idOf } from '../model/call-id.ts'
import type { DeclaredLoad } from './cast.ts'
import { LoadCall } from './load-call.ts'
import type { RouteRecorder } from './record/route-recorder.ts'

/** Sends the requests of one route in an open loop, which waits for no answer. */
export class Load {
  readonly #world: World
  readonly #load: DeclaredLoad
  readonly #route: RouteRecorder
  readonly #mistaken: (what: string) => void
  readonly #draw: () => number
  #id: number
  #due = 0

  /** `number`: of the route, from 1 on. `mistaken` is told of a request that failed by a mistake in the scenario or its code. */
  constructor(
    world: World,
    number: number,
    route: RouteRecorder,
    load: DeclaredLoad,
    mistaken: (what: string) => void,
  ) {
    this.#world = world
    this.#load = load
    this.#route = route
    this.#mistaken = mistaken
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
    if (isThenable(answer)) {
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
    if (MISTAKES.has(code) || isSlip(error)) {
      this.#mistaken(`requests of ${this.#route.name} fail by a mistake in the code: ${String(error)}`)
    }
  }
}

/** What only a wrong program brings about, on whatever day. */
const MISTAKES: ReadonlySet<string> = new Set(['INVALID_OPTION', 'REAL_WORLD_IN_SIMULATION'])

function isSlip(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function'
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'FAILED'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : 'FAILED'
}
