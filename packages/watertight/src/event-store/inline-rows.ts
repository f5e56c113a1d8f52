import { WatertightError } from '../runtime/error.ts'
import type { RowWrite } from '../store/commit.ts'
import type { NewEvent, StreamId } from '../store/event.ts'
import type { Row as StoredRow } from '../store/store.ts'
import type { Projection } from './projection.ts'
import { RowFold } from './row-fold.ts'

/**
 * The writes that keep a projection up in the very commit of the events. Each is guarded by the version of the row that was
 * read, so a writer that was overtaken is refused as a whole.
 *
 * @param current the stream's row as `store.row(projection.table(stream.tenant), stream.id)` gave it.
 *
 * @example
 * const current = await store.row(summary.table(), stream.id)
 * await store.commit({ appends: [{ stream, expected, appendId, events }], rows: inlineRows(summary, stream, current, events) })
 *
 * @throws WatertightError `INVALID_OPTION` for a projection with a key of its own: its rows fold several streams, and writers
 * of those would lock each other out.
 */
export function inlineRows<Row>(
  projection: Projection<Row>,
  stream: StreamId,
  current: StoredRow | undefined,
  events: readonly NewEvent[],
): readonly RowWrite[] {
  if (!projection.perStream) {
    throw new WatertightError(
      'INVALID_OPTION',
      `projection ${projection.name} has a key of its own: keep it up with runProjection, not inline.`,
    )
  }
  const fold = new RowFold(projection, projection.table(stream.tenant), stream.id, current)
  for (const event of events) fold.add({ ...event, stream })
  return fold.writes()
}
