/** Marks a file as a store of Watertight ("wtrt"), so that another program's database is never taken for an empty one. */
export const APPLICATION_ID = 0x77747274

/**
 * Every step from an empty file to the newest schema, in order; never edited, only added to. The number of steps a file has
 * taken is its `user_version`.
 *
 * Times are REAL because clocks may have fractions. A stream's version is that of its last event, so it cannot disagree; only
 * when all its events were deleted, it is the last that was (`truncated`).
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE streams (
    stream INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    category TEXT NOT NULL,
    id TEXT NOT NULL,
    slot INTEGER NOT NULL,
    UNIQUE (id, category, tenant)
  ) STRICT;

  CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    schema INTEGER NOT NULL,
    data TEXT,
    subject TEXT,
    meta TEXT NOT NULL,
    at REAL NOT NULL,
    append_id TEXT,
    append_size INTEGER,
    UNIQUE (stream, version)
  ) STRICT;
  CREATE UNIQUE INDEX events_by_append ON events (stream, append_id) WHERE append_id IS NOT NULL;

  CREATE TABLE inbox (
    consumer TEXT NOT NULL,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (consumer, generation, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE checkpoints (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE keys (
    key TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    category TEXT NOT NULL,
    id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE read_model (
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE timers (
    arming INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    due_at REAL NOT NULL,
    tenant TEXT NOT NULL,
    category TEXT NOT NULL,
    id TEXT NOT NULL
  ) STRICT;
  CREATE INDEX timers_by_due_at ON timers (due_at);

  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    expires_at REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Leases from before last as long as they were written to last, however long that is.
  `
  ALTER TABLE leases ADD COLUMN ttl_ms REAL NOT NULL DEFAULT 9e15;
  `,
  `
  ALTER TABLE streams ADD COLUMN truncated INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE streams ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
  `,
  'CREATE INDEX inbox_by_at ON inbox (at);',
]
