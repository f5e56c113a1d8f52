/** Finds the messages that were handled longest ago, to forget them. */
export const INBOX_AGE: string = 'CREATE INDEX IF NOT EXISTS inbox_by_at ON {schema}.inbox (at);'
