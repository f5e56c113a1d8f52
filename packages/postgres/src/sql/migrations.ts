import { COMMIT_BATCH } from './000002-commit-batch.ts'
import { LEASES } from './000003-leases.ts'
import { INBOX_AGE } from './000004-inbox-age.ts'
import { TABLES } from './000001-tables.ts'

/** First half of the advisory lock that a transaction shares while it may have positions nobody sees ("wtfe"). */
export const FENCE_CLASS = 0x77746665

/** First half of the advisory lock of a lease ("wtle"). */
export const LEASE_CLASS = 0x77746c65

/** One step from an empty schema to the newest one; never edited once it was published, only followed by others. */
export interface Migration {
  readonly number: number
  readonly name: string
  /** `{schema}` stands for the schema. */
  readonly text: string
}

/** Every migration, in order: its number is its place, counted from 1. */
export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'tables', text: TABLES },
  { number: 2, name: 'commit-batch', text: COMMIT_BATCH },
  { number: 3, name: 'leases', text: LEASES },
  { number: 4, name: 'inbox-age', text: INBOX_AGE },
]

/** The text of migrations for one schema, whose name needs no quoting. */
export function sqlFor(text: string, schema: string): string {
  return text
    .replaceAll('{schema}', schema)
    .replaceAll('{fence_class}', `${FENCE_CLASS}`)
    .replaceAll('{lease_class}', `${LEASE_CLASS}`)
}
