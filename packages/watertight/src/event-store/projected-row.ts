import type { StoredEvent } from '../store/event.ts'
import type { ProjectedEvent, Projection } from './projection.ts'

/**
 * A row as it is kept, beside the place of the last event in it. An event at or before that place is in it already, whoever
 * brings it again, in whatever order: that is what makes inline writers, followers, rebuilds and repairs safe beside each other.
 */
export interface ProjectedRow<Row = unknown> {
  /** Version of the stream, or position in the log where a row folds several streams; 0 before all events. */
  readonly at: number
  /** Missing when the events deleted it. */
  readonly row?: Row
}

/** What became of a row. */
export interface FoldedRow<Row> extends ProjectedRow<Row> {
  readonly isChanged: boolean
  /** The event that could not be folded; those behind it were not tried. */
  readonly failed?: { readonly index: number; readonly error: unknown }
}

/** Where an event stands among those of its row. */
export function placeOf(projection: Projection<unknown>, event: StoredEvent): number {
  return projection.perStream ? event.version : event.position
}

/** Reads what a table of a projection holds. */
export function decodeRow<Row>(value: unknown): ProjectedRow<Row> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds what this version of the projection made
  return (value as ProjectedRow<Row> | undefined) ?? { at: 0 }
}

/**
 * Folds events into a row, up to the first that fails; the row is then as it was before that one. Never throws.
 *
 * @param place where the event at an index stands
 */
export function foldRow<Row>(
  projection: Projection<Row>,
  current: ProjectedRow<Row>,
  events: readonly ProjectedEvent[],
  place: (index: number) => number,
): FoldedRow<Row> {
  // As text, so that a reducer which changes the row it is given is noticed too, and can be undone.
  const before = JSON.stringify(current.row)
  let { at, row } = current
  let index = 0
  try {
    for (const event of events) {
      const next = place(index)
      if (next > at) {
        row = projection.apply(row, event)
        at = next
      }
      index++
    }
  } catch (error) {
    const untouched: ProjectedRow<Row> =
      before === undefined ? { at: current.at } : { at: current.at, row: JSON.parse(before) as Row }
    return { ...foldRow(projection, untouched, events.slice(0, index), place), failed: { index, error } }
  }
  const isChanged = JSON.stringify(row) !== before
  return row === undefined ? { at, isChanged } : { at, row, isChanged }
}

/** Folds stored events, each at its own place. */
export function foldStored<Row>(
  projection: Projection<Row>,
  current: ProjectedRow<Row>,
  events: readonly StoredEvent[],
): FoldedRow<Row> {
  const place = projection.perStream ? 'version' : 'position'
  return foldRow(projection, current, events, (index) => events[index]?.[place] ?? 0)
}
