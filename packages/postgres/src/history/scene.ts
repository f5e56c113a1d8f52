import type { Client } from 'pg'

/** Where the store of a run has its tables. */
export const SCHEMA = 'history'

/** How many streams all writers append to. */
export const SHARED_STREAMS = 32

/** The type of events that wait in their transactions, up to {@link MOST_DELAY_S}. */
export const DELAYED = 'history.delayed'

const MOST_DELAY_S = 0.05

/** A table of somebody else's, that foreign transactions write to. */
export const FOREIGN_TABLE = `${SCHEMA}.foreign_work`

/**
 * Makes events of type {@link DELAYED} wait for a random time in their transaction, behind the drawing of their position and
 * before the commit, so that later positions are committed first.
 */
export async function setScene(admin: Client): Promise<void> {
  await admin.query(`
    CREATE TABLE ${FOREIGN_TABLE} (n integer);
    CREATE FUNCTION ${SCHEMA}.wait() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_sleep(random() * ${MOST_DELAY_S});
      RETURN new;
    END $$;
    CREATE TRIGGER wait BEFORE INSERT ON ${SCHEMA}.events FOR EACH ROW WHEN (new.type = '${DELAYED}')
      EXECUTE FUNCTION ${SCHEMA}.wait()`)
}
