import { toMilliseconds } from '../runtime/duration.ts'
import type { Duration } from '../runtime/duration.ts'
import { WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { SagaEnd } from './definition.ts'
import type { InstanceListener } from './instance-watch.ts'
import { endOf } from './saga-end.ts'
import type { SagaState } from './state.ts'

/** How far a saga came while somebody waited. */
export type Reached<Result> =
  | { readonly status: 'done'; readonly result: Result }
  | { readonly status: 'skipped' }
  /** It ended, is parked or turned back without having done the step. */
  | { readonly status: 'notDone' }
  /** The time was up, or the signal aborted; the saga goes on. */
  | { readonly status: 'waiting' }

export interface WaitOptions {
  readonly signal?: AbortSignal
  /** Without it the wait has no limit. */
  readonly timeout?: Duration
}

/** What a handle needs of its engine. */
export interface HandleSource {
  readonly runtime: Runtime
  /** The state now; `undefined` when there is no such instance. */
  readonly read: () => Promise<SagaState | undefined>
  readonly watch: (listener: InstanceListener) => () => void
  /** Whether no later state will be told. */
  readonly isClosed: () => boolean
}

/** A started saga, as its starter sees it. */
export interface SagaHandle<Input = unknown, Results = unknown> {
  readonly id: string
  /** Whether it had been started before, by an earlier call with this id. */
  readonly repeated: boolean
  /** The commit of the start, for `atLeast` reads. */
  readonly token: string
  /**
   * Waits until the saga is past a step, as long as `timeout` and `signal` allow.
   *
   * @example
   * const paid = await handle.reached('charge', { timeout: 300 })
   * if (paid.status === 'waiting') return accepted('payment pending')
   */
  reached<Step extends keyof Results & string>(step: Step, options?: WaitOptions): Promise<Reached<Results[Step]>>
  /** Settles when the saga has ended, or is parked. Rejects with `ENGINE_CLOSED` when the engine closes before. */
  readonly done: Promise<SagaEnd<Input, Results>>
}

interface Started {
  readonly id: string
  readonly repeated: boolean
  readonly token: string
}

/** Makes the handle of an instance. */
export function sagaHandle<Input, Results>(started: Started, source: HandleSource): SagaHandle<Input, Results> {
  let done: Promise<SagaEnd<Input, Results>> | undefined
  return {
    ...started,
    async reached(step, options = {}) {
      const found = await until(source, options, (state) => reachedIn(state, step))
      return (found ?? { status: 'waiting' }) as Reached<Results[typeof step]>
    },
    get done() {
      done ??= until(source, {}, (state) => endOf(started.id, state)).then((end) => {
        if (end === undefined)
          throw new WatertightError('ENGINE_CLOSED', `The engine closed before saga ${started.id} ended.`)
        return end as SagaEnd<Input, Results>
      })
      return done
    },
  }
}

function reachedIn({ status, steps, results, cause }: SagaState, step: string): Reached<unknown> | undefined {
  if (cause !== undefined) return { status: 'notDone' }
  switch (steps[step]) {
    case 'done':
      return { status: 'done', result: results[step] }
    case 'skipped':
    case 'clean':
      return { status: 'skipped' }
    case 'intended':
    case 'undone':
    case undefined:
      break
  }
  return status === 'running' ? undefined : { status: 'notDone' }
}

/** The first state that `find` finds something in; `undefined` when time, signal or engine end first. */
async function until<Found>(
  { runtime, read, watch, isClosed }: HandleSource,
  { signal, timeout }: WaitOptions,
  find: (state: SagaState) => Found | undefined,
): Promise<Found | undefined> {
  const timeoutMs = timeout === undefined ? undefined : toMilliseconds('timeout', timeout)
  return await new Promise<Found | undefined>((resolve, reject) => {
    const end = (found: Found | undefined): void => {
      unwatch()
      timer?.cancel()
      signal?.removeEventListener('abort', giveUp)
      resolve(found)
    }
    const giveUp = (): void => end(undefined)
    const look = (state: SagaState | undefined): void => {
      const found = state && find(state)
      if (found !== undefined) end(found)
    }
    // Watching begins before reading, so that no step between the two is missed.
    const unwatch = watch({ state: look, closed: giveUp })
    const timer = timeoutMs === undefined ? undefined : runtime.timer(timeoutMs, giveUp, true)
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted) return giveUp()
    const lookOnce = (state: SagaState | undefined): void => {
      look(state)
      if (isClosed()) giveUp()
    }
    read().then(lookOnce, (error: unknown) => {
      end(undefined)
      reject(error)
    })
  })
}
