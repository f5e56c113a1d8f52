import { type Duration, toMilliseconds } from '../runtime/duration.ts'
import { Emitter, type Unsubscribe } from '../runtime/emitter.ts'
import { isWatertightError, WatertightError } from '../runtime/error.ts'
import { refuseUnknown, requirePositiveInteger } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Store } from '../store/store.ts'
import { findInconsistencies, type Findings } from './find-inconsistencies.ts'
import type { FoundInconsistency, Inconsistency } from './inconsistency.ts'
import { pause } from './pause.ts'
import type { Projection } from './projection.ts'
import type { ReadModelTarget } from './read-model-target.ts'
import { type RowPlace, rowPlace } from './row-place.ts'

export interface ConsistencyOptions {
  /** Where the events are. */
  readonly store: Store
  /** Where the rows are, when not in the store. */
  readonly target?: ReadModelTarget
  /** Whose rows. Default: that of systems which have only one. */
  readonly tenant?: string
  /** The categories the projection runs on. Default: all. */
  readonly categories?: readonly string[]
  /** Writes what the events say over rows that say something else. Default: false. */
  readonly repair?: boolean
  /** How long to wait between two checks. Without it, only {@link ConsistencyChecker.check} checks. */
  readonly every?: Duration
  /** How often an inconsistency is looked at (and repaired) again before a person is called. Default: 3. */
  readonly attempts?: number
  /** The pause before the first of these; it doubles. Default: `'1s'`. */
  readonly retryDelay?: Duration
  /** A check stops after so many inconsistencies: then something larger is wrong. Default: 1,000. */
  readonly most?: number
  /** What it waits on and reads clocks from. Default: the system runtime. */
  readonly runtime?: Runtime
}

/** What a check came to. */
export interface ConsistencyReport {
  readonly name: string
  /** How many rows were compared. */
  readonly rows: number
  readonly repaired: readonly Inconsistency[]
  /** What a person has to look at. */
  readonly left: readonly Inconsistency[]
}

/** What a {@link ConsistencyChecker} tells. */
export interface ConsistencyEvents {
  checked: ConsistencyReport
  /** Rows do not say what their events say, after all attempts. Reported to the runtime when nobody listens. */
  alert: { readonly name: string; readonly inconsistencies: readonly Inconsistency[] }
  /** A check could not be made; it is made again at its next time. */
  failed: { readonly name: string; readonly error: unknown }
}

const OPTIONS = [
  'store',
  'target',
  'tenant',
  'categories',
  'repair',
  'every',
  'attempts',
  'retryDelay',
  'most',
  'runtime',
]

/**
 * Compares the rows of a projection with a replay of its events while everything goes on: checks, tries again with back-off
 * (a row may just have been written), repairs when told to, and then calls a person.
 *
 * @example
 * const checker = consistencyChecker(summary, { store, every: '6h', repair: true })
 * checker.on('alert', ({ inconsistencies }) => page(inconsistencies))
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function consistencyChecker<Row>(projection: Projection<Row>, options: ConsistencyOptions): ConsistencyChecker {
  refuseUnknown('consistencyChecker', options, OPTIONS)
  return new ConsistencyChecker(projection, options)
}

/** See {@link consistencyChecker}. */
export class ConsistencyChecker {
  readonly #projection: Projection<unknown>
  readonly #options: ConsistencyOptions
  readonly #runtime: Runtime
  readonly #place: RowPlace
  readonly #attempts: number
  readonly #retryDelayMs: number
  readonly #most: number
  readonly #events: Emitter<ConsistencyEvents>
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(projection: Projection<unknown>, options: ConsistencyOptions) {
    const { store, target, runtime = systemRuntime, every } = options
    this.#projection = projection
    this.#options = options
    this.#runtime = runtime
    this.#place = rowPlace(projection, store, target)
    this.#attempts = requirePositiveInteger('attempts', options.attempts ?? 3)
    this.#retryDelayMs = toMilliseconds('retryDelay', options.retryDelay ?? '1s')
    this.#most = requirePositiveInteger('most', options.most ?? 1_000)
    this.#events = new Emitter((error) => runtime.report(error))
    if (every !== undefined) this.#running = this.#repeat(toMilliseconds('every', every, { positive: true }))
  }

  /** Checks once, now. Rejects with what the store or the target rejects with. */
  check(): Promise<ConsistencyReport> {
    return this.#check(true)
  }

  on<Type extends keyof ConsistencyEvents>(
    type: Type,
    listener: (event: ConsistencyEvents[Type]) => void,
  ): Unsubscribe {
    return this.#events.on(type, listener)
  }

  /** Ends the check under way. Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #check(hold: boolean): Promise<ConsistencyReport> {
    const { name } = this.#projection
    const { rows, found } = await this.#find()
    let left = found
    for (let attempt = 1; attempt <= this.#attempts && left.length > 0 && !this.#stop.signal.aborted; attempt++) {
      // The first look again, without a repair, leaves out what was just being written.
      if (attempt > 1 && this.#options.repair) await this.#repair(left)
      await pause(this.#runtime, this.#retryDelayMs * 2 ** (attempt - 1), this.#stop.signal, hold)
      const again = await this.#find(left)
      left = again.found
    }
    const repaired = this.#options.repair ? found.filter(({ key }) => left.every((one) => one.key !== key)) : []
    const report = { name, rows, repaired: repaired.map(told), left: left.map(told) }
    this.#events.emit('checked', report)
    if (left.length > 0) this.#alert(report.left)
    return report
  }

  #find(among?: readonly FoundInconsistency[]): Promise<Findings> {
    const { store, target, tenant, categories } = this.#options
    return findInconsistencies({
      projection: this.#projection,
      store,
      place: this.#place,
      canScan: target === undefined,
      tenant,
      categories,
      signal: this.#stop.signal,
      most: this.#most,
      ...(among && { among }),
    })
  }

  async #repair(found: readonly FoundInconsistency[]): Promise<void> {
    const table = this.#projection.table(this.#options.tenant)
    for (const { before, after } of found) {
      const { rows } = await this.#place.write(table, [{ before, after }], { replace: true })
      // Refused when the row was written meanwhile: then the next look says whether it is right now.
      if (rows.length > 0) await this.#options.store.commit({ rows })
    }
  }

  #alert(inconsistencies: readonly Inconsistency[]): void {
    const { name } = this.#projection
    if (this.#events.observed('alert')) this.#events.emit('alert', { name, inconsistencies })
    else {
      const keys = inconsistencies.slice(0, 10).map(({ key }) => key)
      this.#runtime.report(
        new WatertightError(
          'INCONSISTENT',
          `${inconsistencies.length} rows of projection ${name} do not say what their events say: ${keys.join(', ')}`,
          { source: name },
        ),
      )
    }
  }

  async #repeat(everyMs: number): Promise<void> {
    const { signal } = this.#stop
    const { name } = this.#projection
    for (;;) {
      await pause(this.#runtime, everyMs, signal)
      if (signal.aborted) return
      try {
        await this.#check(false)
      } catch (error) {
        if (isWatertightError(error, 'STORE_CLOSED')) return
        if (this.#events.observed('failed')) this.#events.emit('failed', { name, error })
        else this.#runtime.report(error)
      }
    }
  }
}

function told({ tenant, key, expected, actual }: Inconsistency): Inconsistency {
  return { tenant, key, expected, actual }
}
