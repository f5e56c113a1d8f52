import { type CancelToken, type Cause, CancelSource } from '../runtime/cancellation.ts'
import type { Outcome } from './outcome.ts'
import { whenAllStopped, type Work } from './work.ts'

/** Interrupted by nobody: deeper than any stage. */
export const NOBODY = 1_000_000

/** Bound of work that was abandoned for another reason than a time limit. */
export const ABANDONED_HOLD_MS = 30_000

/**
 * What happens to a flight beside its own way down and up: it is told to stop, interrupted, branched off, or its work goes on
 * after it. Made when the first of these happens, which for most calls is never.
 */
export class Control<Branch> {
  /** Stages deeper than this are to end. */
  level: number = NOBODY
  /** Why. */
  cause: Cause = 'caller'
  /** The outcome that goes on outwards from there; undefined: the cancellation itself. */
  answer: Outcome<unknown> | undefined = undefined
  holdMs: number = ABANDONED_HOLD_MS
  /** Why the flight's own work was told to stop. */
  stopped: Cause | undefined = undefined
  /** Nothing may begin any more in stages deeper than this, and why. */
  #closedBelow = NOBODY
  #closedBy: Cause = 'caller'
  #branches: Set<Branch> | undefined = undefined
  #works: Set<Work> | undefined = undefined
  #source: CancelSource | undefined = undefined

  /** Further ways down that have not ended yet. */
  get branches(): Set<Branch> {
    this.#branches ??= new Set()
    return this.#branches
  }

  get interrupted(): boolean {
    return this.level !== NOBODY
  }

  /** What the caller said when it aborted. */
  get reason(): unknown {
    return this.answer?.kind === 'cancelled' ? this.answer.reason : undefined
  }

  get token(): CancelToken {
    if (this.#source === undefined) {
      this.#source = new CancelSource()
      if (this.stopped !== undefined) this.#source.cancel(this.stopped, this.reason)
    }
    return this.#source
  }

  /** Lets nothing begin any more in the stages deeper than `level`. */
  close(level: number, cause: Cause): void {
    if (level >= this.#closedBelow) return
    this.#closedBelow = level
    this.#closedBy = cause
  }

  /** Why nothing may begin below `stage`; undefined: it may. */
  closedAt(stage: number): Cause | undefined {
    return stage > this.#closedBelow ? this.#closedBy : undefined
  }

  /** Tells the work to stop. The first cause stays. */
  stop(cause: Cause): void {
    if (this.stopped !== undefined) return
    this.stopped = cause
    this.#source?.cancel(cause, this.reason)
  }

  /** `work` goes on, whatever becomes of the flight. */
  keepFor(work: Work): void {
    this.#works ??= new Set()
    const works = this.#works.add(work)
    work.whenStopped(() => works.delete(work))
  }

  /** Calls `then` when all such work has stopped: at once if there is none. */
  whenWorkStopped(then: () => void): void {
    if (this.#works === undefined || this.#works.size === 0) then()
    else whenAllStopped(this.#works, then)
  }
}
