import type { CancelSource } from '../../runtime/cancellation.ts'
import type { Linked, LinkedList } from './linked-list.ts'
import type { RequestScope } from './request-scope.ts'

/** One request inside a service. */
export class Job implements Linked<Job> {
  /** Where it is inside an instance, the queue or the workers; undefined: it is in none. The links are the list's. */
  list: LinkedList<Job> | undefined = undefined
  before: Job | undefined = undefined
  after: Job | undefined = undefined
  readonly scope: RequestScope
  readonly arrivedAt: number
  /** Whether its caller still waits. */
  wanted = true
  /** The instant when the worker is through with it; NaN while that is not known. An event for another instant is stale. */
  finishAt: number = Number.NaN
  /** Milliseconds of work that were left when the instance froze. */
  left: number = Number.NaN
  /** What its handler came to while the instance was frozen: told when it thaws. */
  answer: { readonly error: unknown } | undefined = undefined
  /** What its handler has under way. */
  work: CancelSource | undefined = undefined
  readonly #resolve: () => void
  readonly #reject: (error: unknown) => void
  #stopListening: (() => void) | undefined

  constructor(scope: RequestScope, arrivedAt: number, resolve: () => void, reject: (error: unknown) => void) {
    this.scope = scope
    this.arrivedAt = arrivedAt
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Calls `abandoned` when the caller gives up, until it is answered. */
  listen(abandoned: () => void): void {
    this.#stopListening = this.scope.cancel.onCancel(abandoned)
  }

  succeed(): void {
    this.#close()
    this.#resolve()
  }

  fail(error: unknown): void {
    this.#close()
    this.#reject(error)
  }

  #close(): void {
    this.wanted = false
    this.#stopListening?.()
    this.#stopListening = undefined
  }
}
