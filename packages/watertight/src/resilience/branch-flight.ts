import type { Cause } from '../runtime/cancellation.ts'
import { ABANDONED_HOLD_MS } from './control.ts'
import { type Callee, Flight } from './flight.ts'
import type { Outcome, Result } from './outcome.ts'
import type { Branch, Scope } from './scope.ts'

/** A further way down, that starts below a strategy. */
abstract class InnerFlight extends Flight implements Branch<unknown> {
  readonly #parent: Flight | undefined
  readonly #from: number
  readonly #attempt: number
  readonly #path: number

  /** `stage` is the strategy's. */
  constructor(
    from: Flight,
    callee: Callee,
    stage: number,
    parent: Flight | undefined,
    deadline: number,
    attempt: number,
    path: number,
  ) {
    super(from.line, callee, from.id, from.call, deadline, false, stage + 1, from.line.runtime.now())
    this.#parent = parent
    this.#from = stage + 1
    this.#attempt = attempt
    this.#path = path
  }

  override get parent(): Flight | undefined {
    return this.#parent
  }

  override get from(): number {
    return this.#from
  }

  override get attempt(): number {
    return this.#attempt
  }

  override get path(): number {
    return this.#path
  }

  /** It is run no more. */
  protected abstract ended(): void

  get scope(): Scope {
    return this
  }

  run(): Result<unknown> {
    const { line } = this
    line.stepBegins()
    const wait = this.begin()
    if (wait === undefined) {
      this.ended()
      line.stepEnds()
      return this.outcome as Outcome<unknown>
    }
    const promise = new Promise<Outcome<unknown>>((resolve) => {
      this.resolve = (outcome) => resolve(outcome as Outcome<unknown>)
    })
    this.waitFor(wait)
    return promise
  }

  stop(cause: Cause): void {
    this.interrupt(this.from - 1, cause, undefined, ABANDONED_HOLD_MS)
  }

  close(): void {
    this.over()
    this.ended()
  }

  protected override landed(): void {
    this.ended()
    this.line.stepEnds()
    this.resolve?.(this.outcome)
  }
}

/** Another attempt, a hedge: ends with what encloses its strategy. */
export class BranchFlight extends InnerFlight {
  readonly #siblings: Set<Flight>

  constructor(parent: Flight, stage: number, attempt: number, path: number) {
    super(parent, parent.callee, stage, parent, parent.deadline, attempt, path)
    const { control } = parent
    this.#siblings = control.branches
    this.#siblings.add(this)
    // What encloses the strategy was told to stop already: so is all that it still begins.
    const closed = control.closedAt(stage)
    if (closed !== undefined) this.cancelWithin(stage, closed)
  }

  protected ended(): void {
    this.#siblings.delete(this)
  }
}

/** Work that several calls share, or that goes on after its call: ends with nothing but itself. */
export class DetachedFlight extends InnerFlight {
  #running = false

  /** `executing` is called each time the function is. */
  constructor(from: Flight, stage: number, deadline: number, executing: () => void) {
    const callee: Callee = (scope) => {
      executing()
      return from.callee(scope)
    }
    super(from, callee, stage, undefined, deadline, from.attempt, from.path)
  }

  override run(): Result<unknown> {
    this.#running = true
    this.line.background++
    return super.run()
  }

  protected ended(): void {
    if (!this.#running) return
    this.#running = false
    this.line.background--
  }
}
