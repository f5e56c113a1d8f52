/**
 * One call for a whole batch of commits, of which no two touch the same stream, row, key, timer, checkpoint or message: so each
 * is decided for itself, whatever becomes of its neighbours.
 *
 * Every statement of a plpgsql function sees what was committed until it began (READ COMMITTED); that is what the order of
 * steps stands on: streams that are missing are made, in order of key (`ON CONFLICT` only waits for another maker); their rows
 * are locked, in order of key; only then versions and repetitions are read. Everything that may wait for somebody is locked
 * class by class and in order of key, so that two batches never wait for each other. Last, the fence is shared, positions are
 * drawn and events inserted: whoever holds the fence may have positions that nobody sees yet (see `settled-mark.ts`).
 *
 * Plans are pinned: a sequential scan, chosen while a table was small, would be kept while it grows.
 *
 * state: 0 to be written, 1 refused, 2 repeated. A refusal is [commit, code, part, index in the part, actual version].
 * An expected version of -1 is any, of -2 present. `patient`: wait for streams that others have locked; else their commits
 * are refused as BLOCKED, and wait in a lane of their own.
 */
export const COMMIT_BATCH: string = String.raw`
CREATE FUNCTION {schema}.commit_batch_1(
  commits integer, patient boolean, limit_ms integer,
  a_commit integer[], a_key uuid[], a_tenant text[], a_category text[], a_id text[], a_slot integer[],
  a_expected bigint[], a_append uuid[], a_size integer[],
  e_append integer[], e_index integer[], e_id text[], e_type text[], e_schema bigint[],
  e_data text[], e_subject text[], e_meta text[],
  r_commit integer[], r_key uuid[], r_table text[], r_name uuid[], r_row text[], r_value text[], r_expected bigint[],
  r_locked boolean,
  parts jsonb
) RETURNS json LANGUAGE plpgsql
SET jit = off SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $function$
DECLARE
  state smallint[] := array_fill(0::smallint, ARRAY[commits]);
  refused jsonb := '[]';
  locked uuid[];
  a_stream bigint[];
  a_version bigint[];
  a_closed boolean[];
  a_past bigint[];
  a_past_size integer[];
  a_past_position bigint[];
  positions bigint[];
  written integer;
  now_ms double precision;
  r record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'commit_batch_1 needs READ COMMITTED' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM set_config('lock_timeout', limit_ms::text, true);
  IF current_setting('server_version_num')::integer >= 170000 THEN
    PERFORM set_config('transaction_timeout', (2 * limit_ms)::text, true);
  END IF;
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;

  IF parts ? 'fences' THEN
    -- Whoever takes the lease waits for these shared locks: no write of the last owner comes after that.
    FOR r IN
      SELECT DISTINCT f.lock FROM jsonb_to_recordset(parts->'fences') AS f(lock integer) ORDER BY f.lock
    LOOP
      PERFORM pg_advisory_xact_lock_shared({lease_class}, r.lock);
    END LOOP;
    now_ms := {schema}.clock_now();
    FOR r IN
      SELECT f.commit FROM jsonb_to_recordset(parts->'fences') AS f(commit integer, key uuid, epoch bigint)
      WHERE NOT EXISTS (
        SELECT FROM {schema}.leases l WHERE l.key = f.key AND l.epoch = f.epoch AND l.expires_at > now_ms)
    LOOP
      state[r.commit] := 1;
      refused := refused || jsonb_build_array(jsonb_build_array(r.commit, 'FENCED', 'fence', 1, NULL));
    END LOOP;
  END IF;

  IF cardinality(a_key) > 0 OR parts ? 'retention' THEN
    INSERT INTO {schema}.streams (key, tenant, category, id, slot)
      SELECT n.key, n.tenant, n.category, n.id, n.slot
      FROM unnest(a_commit, a_key, a_tenant, a_category, a_id, a_slot, a_expected)
        AS n(commit, key, tenant, category, id, slot, expected)
      WHERE state[n.commit] = 0 AND n.expected IN (-1, 0)
        AND NOT EXISTS (SELECT FROM {schema}.streams s WHERE s.key = n.key)
      ORDER BY n.key
      ON CONFLICT (key) DO NOTHING;

    locked := a_key || ARRAY(SELECT t.key FROM jsonb_to_recordset(parts->'retention') AS t(key uuid));
    IF patient THEN
      PERFORM 1 FROM {schema}.streams s WHERE s.key = ANY (locked) ORDER BY s.key FOR NO KEY UPDATE;
    ELSE
      locked := ARRAY(
        SELECT s.key FROM {schema}.streams s WHERE s.key = ANY (locked) ORDER BY s.key FOR NO KEY UPDATE SKIP LOCKED);
    END IF;

    SELECT
      array_agg(coalesce(s.stream, 0) ORDER BY n.n), array_agg(coalesce(s.version, 0) ORDER BY n.n),
      array_agg(coalesce(s.closed, false) ORDER BY n.n), array_agg(coalesce(p.version, 0) ORDER BY n.n),
      array_agg(coalesce(p.append_size, 0) ORDER BY n.n),
      array_agg(coalesce(p.position + p.append_size - 1, 0) ORDER BY n.n)
    INTO a_stream, a_version, a_closed, a_past, a_past_size, a_past_position
    FROM unnest(a_key, a_append) WITH ORDINALITY AS n(key, append, n)
    LEFT JOIN {schema}.streams s ON s.key = n.key
    LEFT JOIN {schema}.events p ON p.stream = s.stream AND p.append_key = n.append;

    IF NOT patient AND (parts ? 'retention'
      OR cardinality(locked) < (SELECT count(*) FROM unnest(a_stream) AS n(stream) WHERE n.stream > 0))
    THEN
      FOR r IN
        SELECT n.commit FROM unnest(a_commit, a_key, a_stream) AS n(commit, key, stream)
        WHERE n.stream > 0 AND NOT n.key = ANY (locked)
        UNION
        SELECT t.commit FROM jsonb_to_recordset(parts->'retention') AS t(commit integer, key uuid)
        JOIN {schema}.streams s ON s.key = t.key
        WHERE NOT s.key = ANY (locked)
      LOOP
        IF state[r.commit] = 0 THEN
          state[r.commit] := 1;
          refused := refused || jsonb_build_array(jsonb_build_array(r.commit, 'BLOCKED', 'append', 1, NULL));
        END IF;
      END LOOP;
    END IF;

    FOR r IN
      SELECT n.n, n.commit, n.version, n.past, n.closed
      FROM unnest(a_commit, a_stream, a_version, a_expected, a_closed, a_past, a_past_size, a_size) WITH ORDINALITY
        AS n(commit, stream, version, expected, closed, past, past_size, size, n)
      WHERE CASE WHEN n.past = 0
        THEN n.closed OR NOT CASE n.expected WHEN -1 THEN true WHEN -2 THEN n.version > 0 ELSE n.version = n.expected END
        ELSE n.past_size <> n.size OR EXISTS (
          SELECT FROM unnest(e_append, e_index, e_type, e_schema, e_data, e_subject)
            AS e(append, index, type, schema, data, subject)
          LEFT JOIN {schema}.events p ON p.stream = n.stream AND p.version = n.past - 1 + e.index
          WHERE e.append = n.n
            AND (p.type, p.schema, p.data, p.subject) IS DISTINCT FROM (e.type, e.schema, e.data, e.subject))
        END
      ORDER BY n.n
    LOOP
      IF state[r.commit] = 0 THEN
        state[r.commit] := 1;
        refused := refused || jsonb_build_array(CASE
          WHEN r.past > 0 THEN jsonb_build_array(r.commit, 'ID_REUSED', 'append', r.n, NULL)
          WHEN r.closed THEN jsonb_build_array(r.commit, 'ARCHIVED', 'append', r.n, NULL)
          ELSE jsonb_build_array(r.commit, 'CONFLICT', 'append', r.n, r.version) END);
      END IF;
    END LOOP;

    IF parts ? 'retention' THEN
      FOR r IN
        SELECT t.commit, t.index, coalesce(s.version, 0) AS version
        FROM jsonb_to_recordset(parts->'retention') AS t(commit integer, index integer, key uuid, truncate bigint)
        LEFT JOIN {schema}.streams s ON s.key = t.key
        WHERE coalesce(s.version, 0) = 0 OR s.version < t.truncate
        ORDER BY t.index
      LOOP
        IF state[r.commit] = 0 THEN
          state[r.commit] := 1;
          refused := refused
            || jsonb_build_array(jsonb_build_array(r.commit, 'CONFLICT', 'retention', r.index, r.version));
        END IF;
      END LOOP;
    END IF;

    FOR r IN
      SELECT n.commit FROM unnest(a_commit, a_past) AS n(commit, past)
      GROUP BY n.commit HAVING bool_and(n.past > 0)
    LOOP
      IF state[r.commit] = 0 THEN state[r.commit] := 2; END IF;
    END LOOP;
  END IF;
  now_ms := {schema}.clock_now();

  IF parts ? 'inbox' THEN
    INSERT INTO {schema}.inbox (key, consumer, generation, id, at)
      SELECT i.key, i.consumer, i.generation, i.id, now_ms
      FROM jsonb_to_recordset(parts->'inbox')
        AS i(commit integer, key uuid, consumer text, generation bigint, id text)
      WHERE state[i.commit] = 0 ORDER BY i.key
      ON CONFLICT (key) DO NOTHING;
    FOR r IN
      SELECT i.commit FROM jsonb_to_recordset(parts->'inbox') AS i(commit integer, key uuid)
      JOIN {schema}.inbox b ON b.key = i.key
      WHERE b.xmin <> pg_current_xact_id()::xid
    LOOP
      IF state[r.commit] = 0 THEN
        state[r.commit] := 1;
        refused := refused || jsonb_build_array(jsonb_build_array(r.commit, 'SEEN', 'inbox', 1, NULL));
      END IF;
    END LOOP;
  END IF;

  -- "DO UPDATE" to the same value locks what is there, and waits for who is making or deleting it.
  IF parts ? 'checkpoints' THEN
    INSERT INTO {schema}.checkpoints AS c (key, name, position)
      SELECT p.key, p.name, 0
      FROM jsonb_to_recordset(parts->'checkpoints') AS p(commit integer, key uuid, name text)
      WHERE state[p.commit] = 0 ORDER BY p.key
      ON CONFLICT (key) DO UPDATE SET position = c.position;
    FOR r IN
      SELECT p.commit, c.position
      FROM jsonb_to_recordset(parts->'checkpoints') AS p(commit integer, key uuid, old bigint)
      JOIN {schema}.checkpoints c ON c.key = p.key
      WHERE c.position <> p.old
    LOOP
      IF state[r.commit] = 0 THEN
        state[r.commit] := 1;
        refused := refused || jsonb_build_array(jsonb_build_array(r.commit, 'CONFLICT', 'checkpoint', 1, r.position));
      END IF;
    END LOOP;
  END IF;

  IF parts ? 'keys' THEN
    INSERT INTO {schema}.keys AS k (key, name)
      SELECT p.key, p.name FROM jsonb_to_recordset(parts->'keys') AS p(commit integer, key uuid, name text)
      WHERE state[p.commit] = 0 ORDER BY p.key
      ON CONFLICT (key) DO UPDATE SET name = k.name;
    FOR r IN
      SELECT p.commit, p.index, k.tenant || '/' || k.category || '/' || k.id AS holder
      FROM jsonb_to_recordset(parts->'keys')
        AS p(commit integer, index integer, key uuid, take boolean, tenant text, category text, id text)
      JOIN {schema}.keys k ON k.key = p.key
      WHERE p.take AND k.tenant IS NOT NULL AND (k.tenant, k.category, k.id) IS DISTINCT FROM (p.tenant, p.category, p.id)
      ORDER BY p.index
    LOOP
      IF state[r.commit] = 0 THEN
        state[r.commit] := 1;
        refused := refused || jsonb_build_array(jsonb_build_array(r.commit, 'KEY_HELD', 'key', r.index, r.holder));
      END IF;
    END LOOP;
  END IF;

  IF r_locked THEN
    INSERT INTO {schema}.read_model AS m (key, name, row_key, version, table_name)
      SELECT n.key, n.name, n.row_key, 0, n.table_name
      FROM unnest(r_commit, r_key, r_table, r_name, r_row) AS n(commit, key, table_name, name, row_key)
      WHERE state[n.commit] = 0 ORDER BY n.key
      ON CONFLICT (key) DO UPDATE SET version = m.version;
    FOR r IN
      SELECT n.n, n.commit, m.version
      FROM unnest(r_commit, r_key, r_expected) WITH ORDINALITY AS n(commit, key, expected, n)
      JOIN {schema}.read_model m ON m.key = n.key
      WHERE n.expected >= 0 AND m.version <> n.expected
      ORDER BY n.n
    LOOP
      IF state[r.commit] = 0 THEN
        state[r.commit] := 1;
        refused := refused || jsonb_build_array(jsonb_build_array(r.commit, 'CONFLICT', 'row', r.n, r.version));
      END IF;
    END LOOP;
  END IF;

  -- All is decided. What follows writes.
  IF parts ? 'retention' THEN
    UPDATE {schema}.streams s SET truncated = greatest(s.truncated, t.truncate), closed = s.closed OR t.close
      FROM jsonb_to_recordset(parts->'retention') AS t(commit integer, key uuid, truncate bigint, close boolean)
      WHERE s.key = t.key AND state[t.commit] = 0;
    DELETE FROM {schema}.events e
      USING jsonb_to_recordset(parts->'retention') AS t(commit integer, key uuid, truncate bigint),
        {schema}.streams s
      WHERE s.key = t.key AND e.stream = s.stream AND e.version <= t.truncate AND state[t.commit] = 0;
  END IF;
  IF parts ? 'inbox' AND refused <> '[]' THEN
    DELETE FROM {schema}.inbox b USING jsonb_to_recordset(parts->'inbox') AS i(commit integer, key uuid)
      WHERE b.key = i.key AND state[i.commit] <> 0 AND b.xmin = pg_current_xact_id()::xid;
  END IF;
  IF parts ? 'checkpoints' THEN
    UPDATE {schema}.checkpoints c SET position = p.new
      FROM jsonb_to_recordset(parts->'checkpoints') AS p(commit integer, key uuid, new bigint)
      WHERE c.key = p.key AND state[p.commit] = 0;
  END IF;
  IF parts ? 'keys' THEN
    UPDATE {schema}.keys k SET tenant = p.tenant, category = p.category, id = p.id
      FROM jsonb_to_recordset(parts->'keys')
        AS p(commit integer, key uuid, take boolean, tenant text, category text, id text)
      WHERE k.key = p.key AND p.take AND state[p.commit] = 0;
    DELETE FROM {schema}.keys k
      USING jsonb_to_recordset(parts->'keys')
        AS p(commit integer, key uuid, take boolean, tenant text, category text, id text)
      WHERE k.key = p.key AND (k.tenant IS NULL OR NOT p.take AND state[p.commit] = 0
        AND (k.tenant, k.category, k.id) = (p.tenant, p.category, p.id));
  END IF;
  IF cardinality(r_key) > 0 THEN
    INSERT INTO {schema}.read_model AS m (key, name, row_key, version, value, table_name)
      SELECT n.key, n.name, n.row_key, 1, n.value, n.table_name
      FROM unnest(r_commit, r_key, r_table, r_name, r_row, r_value) AS n(commit, key, table_name, name, row_key, value)
      WHERE state[n.commit] = 0 AND n.value IS NOT NULL ORDER BY n.key
      ON CONFLICT (key) DO UPDATE SET version = m.version + 1, value = excluded.value;
    IF r_locked THEN
      DELETE FROM {schema}.read_model m USING unnest(r_commit, r_key, r_value) AS n(commit, key, value)
        WHERE m.key = n.key AND (m.version = 0 OR n.value IS NULL AND state[n.commit] = 0);
    END IF;
  END IF;
  IF parts ? 'timers' THEN
    DELETE FROM {schema}.timers t
      USING jsonb_to_recordset(parts->'timers') AS p(commit integer, key uuid, delay double precision)
      WHERE t.key = p.key AND p.delay IS NULL AND state[p.commit] = 0;
    INSERT INTO {schema}.timers AS t (key, name, due_at, tenant, category, id)
      SELECT p.key, p.name, now_ms + p.delay, p.tenant, p.category, p.id
      FROM jsonb_to_recordset(parts->'timers')
        AS p(commit integer, index integer, key uuid, name text, delay double precision, tenant text, category text, id text)
      WHERE p.delay IS NOT NULL AND state[p.commit] = 0 ORDER BY p.index
      ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, arming = excluded.arming,
        tenant = excluded.tenant, category = excluded.category, id = excluded.id;
  END IF;

  IF cardinality(a_key) > 0 THEN
    UPDATE {schema}.streams s SET version = n.version + n.size
      FROM unnest(a_commit, a_stream, a_version, a_size, a_past) AS n(commit, stream, version, size, past)
      WHERE s.stream = n.stream AND n.past = 0 AND state[n.commit] = 0;
    written := (
      SELECT coalesce(sum(n.size), 0) FROM unnest(a_commit, a_size, a_past) AS n(commit, size, past)
      WHERE n.past = 0 AND state[n.commit] = 0);
    IF written > 0 THEN
      PERFORM pg_advisory_xact_lock_shared(
        {fence_class}, ('{schema}.events'::regclass::oid::bigint - 2147483648)::integer);
      SELECT array_agg(nextval('{schema}.positions')) INTO positions FROM generate_series(1, written);
      INSERT INTO {schema}.events
        (position, stream, version, at, schema, append_key, append_size, id, type, subject, meta, data)
        SELECT positions[row_number() OVER (ORDER BY e.n)], a_stream[e.append], a_version[e.append] + e.index, now_ms,
          e.schema, CASE e.index WHEN 1 THEN a_append[e.append] END, CASE e.index WHEN 1 THEN a_size[e.append] END,
          e.id, e.type, e.subject, e.meta, e.data
        FROM unnest(e_append, e_index, e_id, e_type, e_schema, e_data, e_subject, e_meta) WITH ORDINALITY
          AS e(append, index, id, type, schema, data, subject, meta, n)
        WHERE a_past[e.append] = 0 AND state[a_commit[e.append]] = 0;
    END IF;
  END IF;

  RETURN json_build_object('state', state, 'refused', refused, 'versions', a_version, 'pasts', a_past,
    'pastPositions', a_past_position, 'positions', positions,
    'last', (SELECT CASE WHEN p.is_called THEN p.last_value ELSE 0 END FROM {schema}.positions p));
END
$function$;
`
