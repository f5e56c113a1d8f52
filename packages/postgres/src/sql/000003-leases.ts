/**
 * Taking a lease, in the database's clock. The lock waits for the writes under way that the last owner made under its own
 * fence (see `commit_batch_1`), so that none of them becomes visible after the new owner has begun.
 *
 * A lease that lasts longer than it was given for is the sign of a clock that was set back: from then on it lasts as long as
 * it was given for.
 */
export const LEASES: string = String.raw`
CREATE FUNCTION {schema}.acquire_lease_1(
  lease_key uuid, lease_lock integer, lease_name text, lease_ttl double precision, limit_ms integer
) RETURNS bigint LANGUAGE plpgsql AS $function$
DECLARE
  held record;
  now_ms double precision := {schema}.clock_now();
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'acquire_lease_1 needs READ COMMITTED' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT l.epoch, l.expires_at, l.ttl_ms INTO held FROM {schema}.leases l WHERE l.key = lease_key;
  IF FOUND AND held.expires_at > now_ms AND held.expires_at <= now_ms + held.ttl_ms THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('lock_timeout', limit_ms::text, true);
  PERFORM pg_advisory_xact_lock({lease_class}, lease_lock);
  INSERT INTO {schema}.leases AS l (key, name, epoch, expires_at, ttl_ms) VALUES (lease_key, lease_name, 0, 0, 0)
    ON CONFLICT (key) DO UPDATE SET epoch = l.epoch
    RETURNING l.epoch, l.expires_at, l.ttl_ms INTO held;
  now_ms := {schema}.clock_now();
  IF held.expires_at > now_ms THEN
    UPDATE {schema}.leases l SET expires_at = least(l.expires_at, now_ms + l.ttl_ms) WHERE l.key = lease_key;
    RETURN NULL;
  END IF;
  UPDATE {schema}.leases l SET epoch = held.epoch + 1, expires_at = now_ms + lease_ttl, ttl_ms = lease_ttl
    WHERE l.key = lease_key;
  RETURN held.epoch + 1;
END
$function$;
`
