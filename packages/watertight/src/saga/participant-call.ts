import { isWatertightError, WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { LiveStepPipeline, PipelineOutcome } from './step-pipeline.ts'

/** How a call to a participant ended. */
export type CallOutcome =
  | { readonly kind: 'answered'; readonly value: unknown }
  /** The pipeline did not let it through: it was definitely not made. */
  | { readonly kind: 'refused'; readonly code: string; readonly retryAfterMs: number | undefined }
  /** Nobody knows whether it had an effect; trying again under the same key may help. */
  | { readonly kind: 'transient'; readonly error: unknown; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'defect'; readonly error: unknown }
  /** It was abandoned: this process must not go on with the instance. */
  | { readonly kind: 'stopped' }

export interface CallOptions {
  readonly runtime: Runtime
  readonly name: string
  readonly via: LiveStepPipeline | undefined
  readonly timeoutMs: number
  readonly transient: ((error: unknown) => boolean) | undefined
  /** Whether this process may call just now: a pipeline may have waited, in its queue or before a retry, for longer than it may. */
  readonly isAllowed: () => boolean
}

const TIME_IS_UP: ReadonlySet<string> = new Set(['TIMED_OUT', 'DEADLINE_EXCEEDED'])

/** One call to a participant, with a time limit; it may be hurried, and it may be abandoned. */
export class ParticipantCall {
  /** Settles once; never rejects. */
  readonly outcome: Promise<CallOutcome>
  /** How often the call went out: more than once when its pipeline retries. */
  timesOut = 0
  readonly #controller = new AbortController()
  #settle: (outcome: CallOutcome) => void = () => {}

  constructor(options: CallOptions, call: (signal: AbortSignal) => unknown) {
    const { runtime, timeoutMs } = options
    this.outcome = new Promise((resolve) => {
      const timer = timeoutMs === Infinity ? undefined : runtime.timer(timeoutMs, () => this.#timeOut(options), true)
      this.#settle = (outcome) => {
        timer?.cancel()
        resolve(outcome)
      }
    })
    void this.#make(options, call).then(this.#settle)
  }

  /** Aborts the participant's signal and still waits for what it says, until its time is up. */
  hurry(reason: string): void {
    this.#controller.abort(new WatertightError('CANCELLED', reason))
  }

  /** Aborts the participant's signal and waits no longer. */
  abandon(): void {
    this.#settle({ kind: 'stopped' })
    this.hurry('The saga engine stopped.')
  }

  #timeOut({ name, timeoutMs }: CallOptions): void {
    const error = new WatertightError('TIMED_OUT', `${name} took longer than ${timeoutMs} ms.`, {
      retryable: true,
      source: name,
    })
    this.#settle({ kind: 'transient', error, retryAfterMs: undefined })
    this.#controller.abort(error)
  }

  async #make(
    { via, transient, isAllowed }: CallOptions,
    call: (signal: AbortSignal) => unknown,
  ): Promise<CallOutcome> {
    const { signal } = this.#controller
    try {
      if (via === undefined) {
        this.timesOut++
        return { kind: 'answered', value: await call(signal) }
      }
      const outcome: PipelineOutcome<unknown> = await via.outcome(
        (inner) => {
          if (!isAllowed()) {
            this.abandon()
            throw new WatertightError('CANCELLED', 'The instance belongs to another process by now.')
          }
          this.timesOut++
          return call(inner.signal)
        },
        { signal },
      )
      switch (outcome.kind) {
        case 'success':
          return { kind: 'answered', value: outcome.value }
        case 'refused':
          // A pipeline that retries may be refused on its second attempt, after a first one that did go out.
          return this.timesOut > 0
            ? { kind: 'transient', error: refusal(outcome), retryAfterMs: outcome.retryAfterMs }
            : { kind: 'refused', code: outcome.code, retryAfterMs: outcome.retryAfterMs }
        case 'cancelled': {
          const error = new WatertightError('CANCELLED', `The call was cancelled: ${outcome.cause}.`, {
            retryable: true,
          })
          return { kind: 'transient', error, retryAfterMs: undefined }
        }
        case 'overloaded':
          return { kind: 'transient', error: outcome.error, retryAfterMs: retryAfterOf(outcome.error) }
        case 'failure':
        case 'ignored':
          break
      }
      return failed(outcome.error, transient)
    } catch (error) {
      return failed(error, transient)
    }
  }
}

function failed(error: unknown, transient: ((error: unknown) => boolean) | undefined): CallOutcome {
  try {
    if (saysRetryable(error) || transient?.(error) === true) {
      return { kind: 'transient', error, retryAfterMs: retryAfterOf(error) }
    }
  } catch (broken) {
    return { kind: 'defect', error: broken }
  }
  return { kind: 'defect', error }
}

function saysRetryable(error: unknown): boolean {
  if (isWatertightError(error) && TIME_IS_UP.has(error.code)) return true
  return typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === true
}

function retryAfterOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return undefined
  const { retryAfterMs } = error
  return typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : undefined
}

function refusal({ by, code }: { readonly by: string; readonly code: string }): WatertightError {
  return new WatertightError(code, `A further attempt was refused by ${by}.`, { retryable: true, source: by })
}
