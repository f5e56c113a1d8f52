import type { StoredEvent, StreamId } from '../store/event.ts'
import { DEFAULT_TENANT, streamId } from '../store/event.ts'
import type { Position } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import { type FoundInconsistency, isSameRow } from './inconsistency.ts'
import { parkedTable, skippedPositions, skippedTable } from './parked-key.ts'
import { decodeRow, foldStored, type ProjectedRow } from './projected-row.ts'
import type { Projection } from './projection.ts'
import type { PlacedRow, RowPlace } from './row-place.ts'

/** What is compared with its events. */
export interface FindOptions<Row> {
  readonly projection: Projection<Row>
  readonly store: Store
  readonly place: RowPlace
  /** The rows are in the store, where those can be found that no event belongs to. */
  readonly canScan: boolean
  readonly tenant: string | undefined
  readonly categories: readonly string[] | undefined
  readonly signal: AbortSignal
  /** Stops after so many. */
  readonly most: number
  /** Only these, found before. */
  readonly among?: readonly FoundInconsistency[]
}

/** What a look found. */
export interface Findings {
  readonly rows: number
  readonly found: readonly FoundInconsistency[]
}

/**
 * Compares the rows of a projection with a replay of their events, as far as the projection has come. Rows that are parked,
 * and streams that were truncated, say nothing and are passed over. Memory grows with the rows only where those fold several
 * streams.
 */
export async function findInconsistencies<Row>(options: FindOptions<Row>): Promise<Findings> {
  return options.projection.perStream ? await new StreamCheck(options).run() : await checkFolds(options)
}

class StreamCheck<Row> {
  readonly #options: FindOptions<Row>
  readonly #tenant: string
  readonly #found: FoundInconsistency[] = []
  readonly #categories = new Set<string>()
  #rows = 0

  constructor(options: FindOptions<Row>) {
    this.#options = options
    this.#tenant = options.tenant ?? DEFAULT_TENANT
  }

  async run(): Promise<Findings> {
    const { store, projection, among } = this.#options
    const reached = await store.checkpoint(projection.checkpoint)
    if (among) {
      await this.#compare(
        among.flatMap(({ stream }) => stream ?? []),
        reached,
      )
    } else {
      // Each stream appears once with its first event.
      await walkLog(this.#options, reached, async (events) => {
        for (const { stream } of events) this.#categories.add(stream.category)
        await this.#compare(
          events.flatMap(({ stream, version }) => (version === 1 ? [stream] : [])),
          reached,
        )
        return this.#found.length < this.#options.most
      })
      await this.#findStray()
    }
    return { rows: this.#rows, found: this.#found }
  }

  async #compare(streams: readonly StreamId[], reached: Position): Promise<void> {
    if (streams.length === 0) return
    const { projection, store, place } = this.#options
    const keys = streams.map(({ id }) => id)
    const [rows, parked] = await Promise.all([
      place.read(projection.table(this.#tenant), keys),
      store.rows(parkedTable(projection, this.#tenant), keys),
    ])
    for (const [i, stream] of streams.entries()) {
      const before = rows[i]
      if (before === undefined || parked[i] !== undefined) continue
      const expected = await this.#replay(stream, before.current, reached)
      if (expected === undefined) continue
      this.#rows++
      this.#judge(before, expected, stream)
    }
  }

  #judge(before: PlacedRow, after: ProjectedRow, stream: StreamId): void {
    const [expected, actual] = [after.row, before.current.row]
    if (isSameRow(expected, actual)) return
    this.#found.push({ tenant: this.#tenant, key: before.key, expected, actual, stream, before, after })
  }

  /** What the row should be, as far as it and the projection have come; `undefined` when nobody can say. */
  async #replay(stream: StreamId, { at }: ProjectedRow, reached: Position): Promise<ProjectedRow | undefined> {
    const { store, projection } = this.#options
    const table = skippedTable(projection, this.#tenant)
    let row: ProjectedRow<Row> = { at: 0 }
    for (let from = 1; ; ) {
      const page = await store.readStream(stream, { from })
      if (page.truncated !== undefined) return undefined
      const events = page.events.filter(({ version, position }) => version <= at || position <= reached)
      const last = events.at(-1)
      const skipped = await skippedPositions(store, table, (events[0]?.position ?? 1) - 1, last?.position ?? 0)
      const kept = events.filter(({ position }) => !skipped.has(position))
      const { isChanged: _, failed, ...folded } = foldStored(projection, row, kept)
      if (failed) return undefined
      row = { ...folded, at: Math.max(folded.at, last?.version ?? 0) }
      from += page.events.length
      if (last === undefined || events.length < page.events.length || from > page.version) return row
    }
  }

  /** Rows that no stream has made. */
  async #findStray(): Promise<void> {
    const { projection, store, canScan, most, signal } = this.#options
    if (!canScan || this.#found.length >= most) return
    for (let after: string | undefined; !signal.aborted; ) {
      const page = await store.scanRows(projection.table(this.#tenant), after === undefined ? {} : { after })
      for (const { key, value, version } of page) {
        const current = decodeRow(value)
        if (current.row === undefined) continue
        const streams = [...this.#categories].map((category) => streamId(category, key, this.#tenant))
        const pages = await Promise.all(streams.map((stream) => store.readStream(stream, { max: 1 })))
        if (pages.some((stream) => stream.version > 0)) continue
        const category = this.#categories.values().next().value ?? projection.name
        this.#judge({ key, current, version }, { at: 0 }, streamId(category, key, this.#tenant))
      }
      after = page.at(-1)?.key
      if (after === undefined || this.#found.length >= most) return
    }
  }
}

async function checkFolds<Row>(options: FindOptions<Row>): Promise<Findings> {
  const { projection, store, place, tenant = DEFAULT_TENANT, canScan, among, most } = options
  const table = projection.table(tenant)
  const reached = await store.checkpoint(projection.checkpoint)
  const only = among && new Set(among.map(({ key }) => key))
  const rows = new Map<string, { readonly before: PlacedRow; after: ProjectedRow<Row> }>()
  const strays = only ? new Set(only) : canScan ? await storedKeys(store, table) : new Set<string>()
  let isComplete = true

  await walkLog(options, Number.POSITIVE_INFINITY, async (events) => {
    const interesting = events.filter(({ type }) => projection.types.includes(type))
    const skipped = await skippedPositions(
      store,
      skippedTable(projection, tenant),
      (events[0]?.position ?? 1) - 1,
      events.at(-1)?.position ?? 0,
    )
    const keyed = interesting.flatMap((event) => {
      const key = projection.keyOf(event)
      return key === undefined || (only && !only.has(key)) || skipped.has(event.position) ? [] : [{ key, event }]
    })
    const unread = [...new Set(keyed.flatMap(({ key }) => (rows.has(key) ? [] : [key])))]
    for (const before of unread.length > 0 ? await place.read(table, unread) : []) {
      rows.set(before.key, { before, after: { at: 0 } })
      strays.delete(before.key)
    }
    for (const { key, event } of keyed) {
      const row = rows.get(key)
      // What came after the look at the row and its checkpoint says nothing about them.
      if (row === undefined || event.position > Math.max(row.before.current.at, reached)) continue
      const { isChanged: _, failed, ...after } = foldStored(projection, row.after, [event])
      if (failed) isComplete = false
      row.after = after
    }
    return isComplete
  })
  if (!isComplete) return { rows: 0, found: [] }

  const gone = strays.size > 0 ? await place.read(table, [...strays]) : []
  for (const before of gone) {
    if (before.current.at <= reached) rows.set(before.key, { before, after: { at: before.current.at } })
  }
  const found = [...rows.values()].flatMap(({ before, after }): FoundInconsistency[] => {
    const [expected, actual] = [after.row, before.current.row]
    return isSameRow(expected, actual) ? [] : [{ tenant, key: before.key, expected, actual, before, after }]
  })
  return { rows: rows.size, found: found.slice(0, most) }
}

async function storedKeys(store: Store, table: string): Promise<Set<string>> {
  const keys = new Set<string>()
  for (let after: string | undefined; ; ) {
    const page = await store.scanRows(table, after === undefined ? {} : { after })
    for (const { key } of page) keys.add(key)
    after = page.at(-1)?.key
    if (after === undefined) return keys
  }
}

/** Hands over the log page by page, up to `to`, until `take` has enough. */
async function walkLog<Row>(
  { store, tenant, categories, signal }: FindOptions<Row>,
  to: Position,
  take: (events: readonly StoredEvent[]) => Promise<boolean>,
): Promise<void> {
  for (let after = 0; !signal.aborted; ) {
    const page = await store.readLog({
      after,
      tenant: tenant ?? DEFAULT_TENANT,
      ...(categories && { categories }),
    })
    const events = page.events.filter(({ position }) => position <= to)
    const goesOn = events.length === 0 || (await take(events))
    if (!goesOn || page.settled <= after || page.settled >= to) return
    after = page.settled
  }
}
