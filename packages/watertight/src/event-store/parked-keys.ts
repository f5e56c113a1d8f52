import { WatertightError } from '../runtime/error.ts'
import { requireText } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { RowWrite } from '../store/commit.ts'
import type { StoredEvent, StreamId } from '../store/event.ts'
import type { ScanRows, Store } from '../store/store.ts'
import {
  decodeParked,
  type ParkedKey,
  parkedBy,
  parkedTable,
  positionKey,
  type SkippedEvent,
  skippedPositions,
  skippedTable,
} from './parked-key.ts'
import { decodeRow, foldStored } from './projected-row.ts'
import type { Projection } from './projection.ts'
import type { ReadModelTarget } from './read-model-target.ts'
import { type RowPlace, rowPlace } from './row-place.ts'

/** Where a projection is kept. */
export interface ParkedKeysOptions {
  /** Where the events are, and what is parked. */
  readonly store: Store
  /** Where the rows are, when not in the store. */
  readonly target?: ReadModelTarget
  /** What it waits on and reads clocks from. Default: the system runtime. */
  readonly runtime?: Runtime
}

/** Who left an event out, and why. */
export interface SkipOptions {
  /** Why, for whoever asks later. */
  readonly reason: string
  /** Who decided it. */
  readonly by?: string
  /** Whose row. Default: that of systems which have only one. */
  readonly tenant?: string
}

/** What a retry or skip led to. */
export type Released =
  /** The row is up with the events that waited, and goes on. */
  | { readonly released: true }
  /** The same event failed again, or a later one: see there. */
  | { readonly released: false; readonly parked: ParkedKey }

/** How often a row is folded anew because the projection moved on meanwhile. */
const ATTEMPTS = 20

/**
 * The rows of a projection that are parked, and the way back. Works from any process, whether the projection runs or not.
 *
 * @example
 * const parked = parkedKeys(summary, { store })
 * for (const { key, error } of await parked.list()) tellSomebody(key, error.message)
 * await parked.retry('order-17')
 * await parked.skip('order-18', { reason: 'test order, see INC-204' })
 */
export function parkedKeys<Row>(projection: Projection<Row>, options: ParkedKeysOptions): ParkedKeys<Row> {
  return new ParkedKeys(projection, options)
}

/** See {@link parkedKeys}. */
export class ParkedKeys<Row = unknown> {
  readonly #projection: Projection<Row>
  readonly #store: Store
  readonly #place: RowPlace
  readonly #runtime: Runtime

  constructor(projection: Projection<Row>, { store, target, runtime = systemRuntime }: ParkedKeysOptions) {
    this.#projection = projection
    this.#store = store
    this.#place = rowPlace(projection, store, target)
    this.#runtime = runtime
  }

  /** What is parked, in order of key, page by page. */
  async list({ tenant, ...page }: ScanRows & { readonly tenant?: string } = {}): Promise<readonly ParkedKey[]> {
    const rows = await this.#store.scanRows(parkedTable(this.#projection, tenant), page)
    return rows.map(decodeParked)
  }

  /** What was left out, in order of the log, page by page. */
  async skipped({ tenant, ...page }: ScanRows & { readonly tenant?: string } = {}): Promise<readonly SkippedEvent[]> {
    const rows = await this.#store.scanRows(skippedTable(this.#projection, tenant), page)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only skipping writes the table
    return rows.map(({ value }) => value as SkippedEvent)
  }

  /**
   * Folds the event again and all that waited behind it, with the code as it is now. What fails stays parked, at the event
   * that failed. Where rows fold several streams it lets the projection try again by itself.
   *
   * @throws WatertightError `NOT_PARKED`
   */
  retry(key: string, { tenant }: { readonly tenant?: string } = {}): Promise<Released> {
    return this.#release(key, tenant, undefined)
  }

  /**
   * Leaves the event out for good, writes down why, and goes on behind it.
   *
   * @throws WatertightError `NOT_PARKED`; `INVALID_OPTION` without a reason.
   */
  async skip(key: string, { tenant, reason, by }: SkipOptions): Promise<Released> {
    const why = { reason: requireText('reason', reason), ...(by !== undefined && { by }) }
    return this.#release(key, tenant, why)
  }

  async #release(
    key: string,
    tenant: string | undefined,
    why: Pick<SkippedEvent, 'reason' | 'by'> | undefined,
  ): Promise<Released> {
    for (let attempt = 1; ; attempt++) {
      const row = await this.#store.row(parkedTable(this.#projection, tenant), key)
      if (row === undefined) throw notParked(this.#projection, key)
      const parked = decodeParked(row)
      const { writes, still } = parked.stops ? { writes: [], still: undefined } : await this.#catchUp(parked, why)
      const table = parkedTable(this.#projection, tenant)
      const rows = [
        ...writes,
        { table, key, value: still, ifVersion: row.version },
        ...(why ? [this.#skippedRow(parked, why)] : []),
      ]
      const committed = await this.#store.commit({ rows })
      if (committed.ok) return still ? { released: false, parked: still } : { released: true }
      // More was held back meanwhile, or somebody else released it.
      if (committed.code !== 'CONFLICT' || attempt >= ATTEMPTS) {
        throw new WatertightError(committed.code, `Row ${key} was not released: ${committed.what}.`, {
          retryable: committed.code === 'CONFLICT',
          source: this.#projection.name,
        })
      }
    }
  }

  async #catchUp(
    parked: ParkedKey,
    why: Pick<SkippedEvent, 'reason' | 'by'> | undefined,
  ): Promise<{ readonly writes: readonly RowWrite[]; readonly still: ParkedKey | undefined }> {
    const projection = this.#projection
    const table = projection.table(parked.tenant)
    const [before] = await this.#place.read(table, [parked.key])
    const events = await this.#waiting(parked)
    const folded = events.filter(({ version }) => why === undefined || version !== parked.event.version)
    if (before === undefined) return { writes: [], still: undefined }
    const { isChanged, failed, ...after } = foldStored(projection, decodeRow<Row>(before.current), folded)
    // A skipped event is passed over, also when it comes again.
    const at = failed ? after.at : Math.max(after.at, parked.heldTo)
    const change = { before, after: { ...after, at } }
    const { rows, refused } = isChanged || why ? await this.#place.write(table, [change]) : { rows: [], refused: [] }
    const culprit = refused.length > 0 ? folded[0] : failed && folded[failed.index]
    if (culprit === undefined) return { writes: rows, still: undefined }
    const error = refused[0]?.error ?? failed?.error
    const { key, heldTo, stops, crashes } = parked
    const since = this.#runtime.wallTime()
    return { writes: rows, still: parkedBy(culprit, { key, heldTo, stops, crashes, error, since }) }
  }

  /** The events of interest from the one that failed to the last that waits. */
  async #waiting({ event: { stream, version, position }, heldTo, tenant }: ParkedKey): Promise<readonly StoredEvent[]> {
    const events: StoredEvent[] = []
    for (let from = version; from <= heldTo; ) {
      const page = await this.#store.readStream(stream, { from })
      if ((page.truncated ?? 0) >= version) throw truncated(this.#projection, stream)
      const last = page.events.at(-1)
      if (last === undefined) break
      events.push(...page.events.filter((event) => event.version <= heldTo))
      from = last.version + 1
    }
    const table = skippedTable(this.#projection, tenant)
    const skipped = await skippedPositions(this.#store, table, position - 1, events.at(-1)?.position ?? 0)
    return events.filter((one) => this.#projection.types.includes(one.type) && !skipped.has(one.position))
  }

  #skippedRow({ key, tenant, event, error }: ParkedKey, why: Pick<SkippedEvent, 'reason' | 'by'>): RowWrite {
    const value: SkippedEvent = { key, tenant, event, error, ...why, at: this.#runtime.wallTime() }
    return { table: skippedTable(this.#projection, tenant), key: positionKey(event.position), value }
  }
}

function truncated({ name }: Projection<unknown>, { category, id }: StreamId): WatertightError {
  return new WatertightError(
    'TRUNCATED',
    `${category}/${id} lost the events that wait for its row of projection ${name}: the row cannot be known any more.`,
    { source: name },
  )
}

function notParked({ name }: Projection<unknown>, key: string): WatertightError {
  return new WatertightError('NOT_PARKED', `Row ${key} of projection ${name} is not parked.`, { source: name })
}
