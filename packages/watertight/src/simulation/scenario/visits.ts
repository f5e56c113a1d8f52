import type { World } from '../kernel/world.ts'
import { idOf } from '../model/call-id.ts'
import type { Handler } from './cast.ts'
import { LoadCall } from './load-call.ts'
import type { RouteRecorder } from './record/route-recorder.ts'

/** What the requests of a route have in common. */
export interface VisitOptions {
  readonly world: World
  /** The number of the route, from 1 on. */
  readonly number: number
  readonly route: RouteRecorder
  readonly handler: Handler
  readonly withinMs: number
  /** Told of a request that failed by a mistake in the scenario or its code. */
  readonly mistaken: (what: string) => void
}

/** Makes the requests of one route, and writes down what becomes of them. */
export class Visits {
  readonly #options: VisitOptions

  constructor(options: VisitOptions) {
    this.#options = options
  }

  /** The `nth` request of the route. Resolves, and never rejects, when it has ended; undefined: it has ended already. */
  send(nth: number, dueAt: number): PromiseLike<void> | undefined {
    const { number, route, handler, withinMs } = this.#options
    const call = new LoadCall(idOf(number, nth), dueAt, withinMs === Infinity ? undefined : dueAt + withinMs)
    route.offered(dueAt)
    let answer: unknown
    try {
      answer = handler(call)
    } catch (error) {
      return this.#failed(call, error)
    }
    if (!isThenable(answer)) return this.#succeeded(call)
    return answer.then(
      () => this.#succeeded(call),
      (error: unknown) => this.#failed(call, error),
    )
  }

  #succeeded({ id, dueAt }: LoadCall): undefined {
    const { world, route } = this.#options
    world.trace('answered', id)
    route.succeeded(dueAt, world.now())
  }

  #failed({ id, dueAt }: LoadCall, error: unknown): undefined {
    const { world, route, mistaken } = this.#options
    const code = codeOf(error)
    world.trace('failed', id, code)
    route.failed(dueAt, world.now(), code)
    if (MISTAKES.has(code) || isSlip(error)) {
      mistaken(`requests of ${route.name} fail by a mistake in the code: ${String(error)}`)
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
