import { describe, expect, it } from 'vitest'
import { failingCases } from 'watertight/testing'
import { preparedSchema } from './contract.fixture.ts'
import { MIGRATIONS, sqlFor } from './sql/migrations.ts'
import { testServer } from './test-server.fixture.ts'

const server = await testServer()

/** A bug in the functions of the database, as a change of their text. */
interface PlantedBug {
  readonly bug: string
  readonly fails: string
  readonly change: readonly (readonly [from: string | RegExp, to: string])[]
}

const BUGS: readonly PlantedBug[] = [
  {
    bug: 'the log is settled as far as positions were drawn, whoever may still hold some',
    fails: 'never settles behind an event whose commit is still under way',
    change: [[/PERFORM pg_advisory_xact_lock_shared\(\s*\{fence_class\}[^;]*;/, '']],
  },
  {
    bug: 'positions are drawn before the streams are locked',
    fails: 'keeps positions in the order of versions when a commit of two streams waits for one of them',
    change: [
      [/SELECT array_agg\(nextval[^;]*;/, ''],
      [
        'positions bigint[];',
        `positions bigint[] := (SELECT array_agg(nextval('{schema}.positions')) FROM generate_series(1, cardinality(e_id)));`,
      ],
    ],
  },
  {
    bug: 'versions are read before the streams are locked',
    fails: 'looks at the version when it has the stream, not before',
    change: [
      [
        'positions bigint[];',
        `positions bigint[];
         early bigint[] := (SELECT array_agg(coalesce(s.version, 0) ORDER BY n.n) FROM unnest(a_key) WITH ORDINALITY AS n(key, n)
           LEFT JOIN {schema}.streams s ON s.key = n.key);`,
      ],
      [
        'IF NOT patient AND',
        `a_version := early;
         IF NOT patient AND`,
      ],
    ],
  },
  {
    bug: 'repetitions are looked for before the streams are locked',
    fails: 'knows a repeated append whose first attempt is still under way',
    change: [
      [
        'positions bigint[];',
        `positions bigint[];
         early bigint[] := (SELECT array_agg(coalesce(p.version, 0) ORDER BY n.n)
           FROM unnest(a_key, a_append) WITH ORDINALITY AS n(key, append, n)
           LEFT JOIN {schema}.streams s ON s.key = n.key
           LEFT JOIN {schema}.events p ON p.stream = s.stream AND p.append_key = n.append);`,
      ],
      [
        'IF NOT patient AND',
        `a_past := early;
         IF NOT patient AND`,
      ],
    ],
  },
  {
    bug: 'a new owner of a lease does not wait for the writes of the last one',
    fails: 'gives a lease to the next owner only when the writes of the last one under it have ended',
    change: [[/PERFORM pg_advisory_xact_lock\(\{lease_class\}, lease_lock\);/, '']],
  },
  {
    bug: 'the epoch of a fence is not compared',
    fails: 'refuses the writes of an owner whose lease was taken, and takes those of the new one',
    change: [['AND l.epoch = f.epoch ', '']],
  },
  {
    bug: 'present is not enforced',
    fails: 'refuses an append that expects present of a stream at version 0',
    change: [['WHEN -2 THEN n.version > 0', 'WHEN -2 THEN true']],
  },
  {
    bug: 'payloads are jsonb',
    fails: 'keeps NUL in strings and names exactly, in events and rows',
    change: [['e.subject, e.meta, e.data\n', 'e.subject, e.meta, e.data::jsonb::text\n']],
  },
  {
    bug: 'a refused commit leaves its message in the inbox',
    fails: 'leaves no trace of a commit that the last of its parts refuses',
    change: [[/DELETE FROM \{schema\}\.inbox b[^;]*;/, 'NULL;']],
  },
  {
    bug: 'a timer fires early',
    fails: 'shows a timer when it is due, never early, until a commit clears it',
    change: [['now_ms + p.delay', 'now_ms + p.delay - 1']],
  },
  {
    bug: 'the contents of a repetition are not compared',
    fails: 'refuses an append id that comes again with other data',
    change: [['WHERE e.append = n.n\n', 'WHERE false\n']],
  },
]

/** The text of all functions, for a schema that has them already. */
const SOUND = MIGRATIONS.slice(1)
  .map(({ text }) => text.replaceAll('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'))
  .join('')

describe.skipIf(server.isMissing)('the contract suite on PostgreSQL', () => {
  const { schema, admin, fixture } = preparedSchema(server)

  it.each(BUGS)('notices when $bug', async ({ fails, change }) => {
    let bad = SOUND
    for (const [from, to] of change) bad = bad.replace(from, () => to)
    expect(bad).not.toBe(SOUND)
    await admin().query(sqlFor(bad, schema))
    try {
      expect(await failingCases([fails], () => fixture({ limit: '2s' }))).toEqual([fails])
    } finally {
      await admin().query(sqlFor(SOUND, schema))
    }
  })

  it('fails nothing when nothing was planted', async () => {
    const sentences = BUGS.map(({ fails }) => fails)
    expect(await failingCases(sentences, () => fixture({ limit: '2s' }))).toEqual([])
  })
})
