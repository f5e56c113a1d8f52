import type { Statement } from './connections.ts'

const EVENT = `e.position, e.version, e.at, e.id, e.type, e.schema, e.subject, e.meta, e.data`

/** How many columns an event has in a row, before those of its stream. */
export const EVENT_COLUMNS = 9

/** Everything that is only read, or written beside commits, for one schema. */
export interface Statements {
  readonly incarnation: Statement
  readonly forwards: Statement
  readonly backwards: Statement
  readonly log: Statement
  readonly filteredLog: Statement
  readonly appended: Statement
  readonly rows: Statement
  readonly scan: Statement
  readonly checkpoint: Statement
  readonly due: Statement
  readonly acquire: Statement
  readonly renew: Statement
  readonly release: Statement
  readonly pruneInbox: Statement
}

export function statementsFor(schema: string): Statements {
  // One statement, so that the version and the events are of the same moment. The stream itself comes once, as a row without an
  // id, and not beside each event. One stream: the inner order stays.
  const stream = (condition: string, order: string): string => `
    SELECT s.version, s.truncated, s.closed::integer::double precision, NULL, NULL, NULL::bigint, NULL, NULL, NULL
      FROM ${schema}.streams s WHERE s.key = $1
    UNION ALL
    SELECT e.* FROM ${schema}.streams s
    CROSS JOIN LATERAL (SELECT ${EVENT} FROM ${schema}.events e
      WHERE e.stream = s.stream AND e.version ${condition} $2 ORDER BY e.version ${order} LIMIT $3) e
    WHERE s.key = $1`
  const log = (filter: string): string => `
    SELECT ${EVENT}, s.tenant, s.category, s.id FROM ${schema}.events e JOIN ${schema}.streams s ON s.stream = e.stream
    WHERE e.position > $1 AND e.position <= $2 ${filter} ORDER BY e.position LIMIT $3`
  return named({
    incarnation: `SELECT value FROM ${schema}.meta WHERE name = 'incarnation'`,
    forwards: stream('>=', 'ASC'),
    backwards: stream('<=', 'DESC'),
    log: log(''),
    filteredLog: log(
      'AND ($4::text IS NULL OR s.tenant = $4::text) AND ($5::text[] IS NULL OR s.category = ANY ($5::text[]))',
    ),
    appended: `SELECT e.version + e.append_size - 1, e.append_size, e.position + e.append_size - 1
      FROM ${schema}.streams s JOIN ${schema}.events e ON e.stream = s.stream AND e.append_key = $2 WHERE s.key = $1`,
    rows: `SELECT n.n, m.version, m.value FROM unnest($1::uuid[]) WITH ORDINALITY AS n(key, n)
      JOIN ${schema}.read_model m ON m.key = n.key ORDER BY n.n`,
    scan: `SELECT row_key, version, value FROM ${schema}.read_model
      WHERE name = $1 AND left(row_key, 256) >= left($2, 256) COLLATE "C" AND row_key > $2
      ORDER BY left(row_key, 256), row_key LIMIT $3`,
    checkpoint: `SELECT position FROM ${schema}.checkpoints WHERE key = $1`,
    // The clock as a subquery: once, and not for each row.
    due: `SELECT name, arming, tenant, category, id FROM ${schema}.timers
      WHERE due_at <= (SELECT ${schema}.clock_now()) AND ($1::text IS NULL OR category = $1::text)
      ORDER BY due_at, arming LIMIT $2`,
    acquire: `SELECT ${schema}.acquire_lease_1($1, $2, $3, $4, $5)`,
    renew: `UPDATE ${schema}.leases SET expires_at = ${schema}.clock_now() + $3, ttl_ms = $3
      WHERE key = $1 AND epoch = $2 AND expires_at > ${schema}.clock_now() RETURNING 1`,
    pruneInbox: `DELETE FROM ${schema}.inbox WHERE key = ANY (ARRAY(
      SELECT key FROM ${schema}.inbox WHERE at < (SELECT ${schema}.clock_now()) - $1::double precision
      ORDER BY at LIMIT $2)) RETURNING 1`,
    release: `UPDATE ${schema}.leases SET expires_at = ${schema}.clock_now(), ttl_ms = 0
      WHERE key = $1 AND epoch = $2 AND expires_at > ${schema}.clock_now()`,
  })
}

function named<Texts extends Record<string, string>>(texts: Texts): { readonly [Name in keyof Texts]: Statement } {
  const entries = Object.entries(texts).map(([name, text]) => [name, { name: `watertight-${name}`, text }])
  const statements: { readonly [Name in keyof Texts]: Statement } = Object.fromEntries(entries)
  return statements
}
