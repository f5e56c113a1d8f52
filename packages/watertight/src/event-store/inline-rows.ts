import { WatertightError } from '../runtime/error.ts'
import { invalidOption } from '../runtime/option.ts'
import type { Append, RowWrite } from '../store/commit.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Version } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import { decodeRow, foldRow } from './projected-row.ts'
import type { ProjectedEvent, Projection } from './projection.ts'

/** A row that is further behind is brought up by a follower, not by whoever happens to write next. */
const MOST_MISSED = 1_000

/**
 * The writes that keep a projection up in the very commit of the events. Each is guarded by the version of the row that was
 * read, so a writer that was overtaken is refused as a whole. Events the row has missed, such as those of writers that do not
 * know this projection yet, are folded in first.
 *
 * Let a follower run beside ({@link runProjection}): it makes the rows of streams that nobody writes to any more, and parks
 * those that cannot be folded. An event that cannot be folded does not hinder its own commit: the row is left to the follower.
 *
 * @example
 * const append = { stream, expected: 4, appendId, events }
 * await store.commit({ appends: [append], rows: await inlineRows(store, summary, append) })
 *
 * @throws WatertightError `INVALID_OPTION` for a projection with a key of its own: its rows fold several streams, and writers
 * of those would lock each other out; and for an append that does not expect an exact version. And what the store throws.
 */
export async function inlineRows<Row>(
  store: Store,
  projection: Projection<Row>,
  append: Append,
): Promise<readonly RowWrite[]> {
  const { stream, events } = append
  if (!projection.perStream) {
    throw new WatertightError(
      'INVALID_OPTION',
      `projection ${projection.name} has a key of its own: keep it up with runProjection, not inline.`,
    )
  }
  const before = requireVersion(append)
  if (!events.some(({ type }) => projection.types.includes(type))) return []
  const table = projection.table(stream.tenant)
  const stored = await store.row(table, stream.id)
  const current = decodeRow<Row>(stored?.value)
  // Ahead of what the writer knows: somebody was faster, and the append is about to be told so.
  if (current.at > before || before - current.at > MOST_MISSED) return []
  const missed = current.at < before ? await readMissed(store, append, current.at, before) : []
  if (missed === undefined) return []
  const places = [...missed.map(({ version }) => version), ...events.map((_, i) => before + 1 + i)]
  const all: readonly ProjectedEvent[] = [...missed, ...events.map((event) => ({ ...event, stream }))]
  const { isChanged, failed, ...row } = foldRow(projection, current, all, (index) => places[index] ?? 0)
  return isChanged && !failed ? [{ table, key: stream.id, value: row, ifVersion: stored?.version ?? 0 }] : []
}

function requireVersion({ expected }: Append): Version {
  if (expected === 'absent') return 0
  if (typeof expected === 'number') return expected
  throw invalidOption('append.expected', expected, 'the version the stream has, for rows in the same commit')
}

/** `undefined` when they were deleted: then the row cannot be known. */
async function readMissed(
  store: Store,
  { stream }: Append,
  after: Version,
  upTo: Version,
): Promise<readonly StoredEvent[] | undefined> {
  const { events, truncated = 0 } = await store.readStream(stream, { from: after + 1, max: upTo - after })
  return truncated > after ? undefined : events.filter(({ version }) => version <= upTo)
}
