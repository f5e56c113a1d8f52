import { isWatertightError, WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { RowWrite } from '../store/commit.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Position } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import { type BatchRow, readBatchRows } from './batch-rows.ts'
import { EffectGate, type ProjectionEffect, type RowEffect } from './effect-gate.ts'
import { OneCategory } from './one-category.ts'
import { type ParkedKey, parkedBy, parkedTable } from './parked-key.ts'
import { decodeRow, foldStored, placeOf } from './projected-row.ts'
import type { Projection } from './projection.ts'
import type { RowChange, RowPlace } from './row-place.ts'
import type { HandledParts, HandlerContext } from './subscription-options.ts'

/** How a {@link ProjectionHandler} works. */
export interface ProjectionHandlerOptions<Row> {
  readonly projection: Projection<Row>
  readonly store: Store
  readonly place: RowPlace
  readonly runtime: Runtime
  /** So many processes may die of an event before it is put aside. */
  readonly mostCrashes: number
  readonly effect: ProjectionEffect<Row> | undefined
}

/** An event that a row cannot take. */
interface Failure {
  readonly row: BatchRow
  readonly event: StoredEvent
  readonly error: unknown
}

/**
 * Folds batches into rows, and parks a row that an event cannot be folded into. A row of one stream waits alone. Where rows
 * fold several streams the whole projection waits, at that event: nobody could tell later which events a row has missed.
 */
export class ProjectionHandler<Row> {
  readonly #options: ProjectionHandlerOptions<Row>
  readonly #gate: EffectGate
  readonly #category: OneCategory
  #parked: ParkedKey[] = []

  constructor(options: ProjectionHandlerOptions<Row>) {
    this.#options = options
    this.#gate = new EffectGate(options.projection, options.store)
    this.#category = new OneCategory(options.projection, options.store)
  }

  /** Says from where on effects happen, at the beginning: the first event that comes must not be taken for history. */
  async openGate(): Promise<void> {
    if (this.#options.effect) await this.#gate.opensAt()
  }

  /** What the batch that was just committed has parked. */
  takeParked(): readonly ParkedKey[] {
    return this.#parked.splice(0)
  }

  /**
   * @throws WatertightError `PARKED` when the projection stands at the first event of the batch; whatever reading the rows
   * throws; `INVALID_OPTION` for streams of two categories where each has a row; `SCHEMA_UNKNOWN`: an event of newer code is no reason to park, newer code will come.
   */
  async handle(events: readonly StoredEvent[], { crashes, signal }: HandlerContext): Promise<HandledParts> {
    this.#parked = []
    const { projection, store, place } = this.#options
    const category = await this.#category.hold(events)
    const rows = await readBatchRows(projection, store, place, events)
    const stands = rows.flatMap(({ parked }) => (parked?.key.stops ? [parked.key.event.position] : []))
    let stop = Math.min(...stands, Number.POSITIVE_INFINITY)
    if (stop <= (events[0]?.position ?? 0)) throw standing(projection, stop)

    const free = rows.filter(({ parked }) => parked === undefined || parked.key.stops)
    let folded = this.#fold(free, stop, crashes)
    if (!projection.perStream && folded.failures.length > 0) {
      stop = Math.min(...folded.failures.map(({ event }) => event.position))
      const { failures } = folded
      folded = { ...this.#fold(free, stop, crashes), failures: failures.filter(({ event }) => event.position === stop) }
    }
    const written = await this.#write(folded.changes)
    const failures = [...folded.failures, ...written.failures]
    for (const { event } of projection.perStream ? [] : written.failures) stop = Math.min(stop, event.position)

    const refused = new Set(written.failures.map(({ row }) => row))
    await this.#act(
      folded.changes.filter(([row]) => !refused.has(row)),
      signal,
    )
    const parked = failures.map((failure) => this.#park(failure, crashes))
    const held = rows.flatMap((row) => hold(projection, row))
    const all = { rows: [...category, ...written.rows, ...parked, ...held] }
    return stop === Number.POSITIVE_INFINITY ? all : { ...all, upTo: stop - 1 }
  }

  #fold(
    rows: readonly BatchRow[],
    stop: Position,
    crashes: number,
  ): { readonly changes: readonly (readonly [BatchRow, RowChange])[]; readonly failures: readonly Failure[] } {
    const { projection, mostCrashes } = this.#options
    const changes: (readonly [BatchRow, RowChange])[] = []
    const failures: Failure[] = []
    for (const row of rows) {
      const events =
        stop === Number.POSITIVE_INFINITY ? row.events : row.events.filter(({ position }) => position < stop)
      const [first] = events
      if (first === undefined) continue
      if (crashes >= mostCrashes) {
        failures.push({ row, event: first, error: new Error(`${crashes} processes died while they handled it`) })
        continue
      }
      const { isChanged, failed, ...after } = foldStored(projection, decodeRow<Row>(row.before.current), events)
      if (isChanged) changes.push([row, { before: row.before, after }])
      const culprit = failed && events[failed.index]
      if (culprit === undefined) continue
      if (isWatertightError(failed?.error, 'SCHEMA_UNKNOWN')) throw failed.error
      failures.push({ row, event: culprit, error: failed?.error })
    }
    return { changes, failures }
  }

  async #write(
    changes: readonly (readonly [BatchRow, RowChange])[],
  ): Promise<{ readonly rows: readonly RowWrite[]; readonly failures: readonly Failure[] }> {
    const { projection, place } = this.#options
    const tenants = Map.groupBy(changes, ([{ tenant }]) => tenant)
    const written = await Promise.all(
      [...tenants].map(async ([tenant, ofTenant]) => {
        const { rows, refused } = await place.write(
          projection.table(tenant),
          ofTenant.map(([, change]) => change),
        )
        const failures = refused.flatMap(({ key, error }) => {
          const row = ofTenant.find(([{ before }]) => before.key === key)?.[0]
          const event = row?.events[0]
          return row && event ? [{ row, event, error }] : []
        })
        return { rows, failures }
      }),
    )
    return { rows: written.flatMap(({ rows }) => rows), failures: written.flatMap(({ failures }) => failures) }
  }

  async #act(changes: readonly (readonly [BatchRow, RowChange])[], signal: AbortSignal): Promise<void> {
    const { effect, projection } = this.#options
    if (effect === undefined) return
    const opensAt = await this.#gate.opensAt()
    const effects = changes.flatMap(([{ tenant, events }, { before, after }]): RowEffect<Row>[] => {
      const isIn = (place: number): boolean => place > before.current.at && place <= after.at
      const own = events.filter((event) => event.position > opensAt && isIn(placeOf(projection, event)))
      if (own.length === 0) return []
      const rows = { before: decodeRow<Row>(before.current).row, after: decodeRow<Row>(after).row }
      return [{ key: before.key, tenant, ...rows, events: own }]
    })
    if (effects.length > 0) await effect(effects, { signal })
  }

  #park({ row, event, error }: Failure, crashes: number): RowWrite {
    const { projection, runtime } = this.#options
    const parked = parkedBy(event, {
      key: row.before.key,
      heldTo: row.events.at(-1)?.version ?? event.version,
      stops: !projection.perStream,
      error,
      crashes,
      since: runtime.wallTime(),
    })
    this.#parked.push(parked)
    const table = parkedTable(projection, row.tenant)
    return { table, key: parked.key, value: parked, ifVersion: row.parked?.version ?? 0 }
  }
}

/** Notes how far a parked row is behind now: who releases it must not miss an event that this batch passes over. */
function hold(projection: Projection<unknown>, { tenant, parked, events }: BatchRow): readonly RowWrite[] {
  const last = events.at(-1)
  if (parked === undefined || parked.key.stops || last === undefined) return []
  const value: ParkedKey = { ...parked.key, heldTo: Math.max(parked.key.heldTo, last.version) }
  return [{ table: parkedTable(projection, tenant), key: value.key, value, ifVersion: parked.version }]
}

function standing({ name, version }: Projection<unknown>, position: Position): WatertightError {
  return new WatertightError(
    'PARKED',
    `Projection ${name}@${version} stands at event ${position}, which it cannot fold: correct it and retry, or skip the event.`,
    { source: name, retryable: true },
  )
}
