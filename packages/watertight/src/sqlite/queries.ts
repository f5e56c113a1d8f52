/**
 * The last position that was given, by the counter of AUTOINCREMENT: the last event may have been deleted, and its position must
 * not seem free again.
 */
export const LAST_POSITION: string =
  "SELECT coalesce(max(seq), 0) AS position FROM sqlite_sequence WHERE name = 'events'"

/** A stream's row, version and marks, by id, category and tenant. */
export const STREAM: string = `SELECT stream, truncated, closed,
    coalesce((SELECT max(version) FROM events WHERE events.stream = streams.stream), truncated) AS version
  FROM streams WHERE id = ? AND category = ? AND tenant = ?`
