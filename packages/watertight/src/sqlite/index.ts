export { sqliteStore } from './sqlite-store.ts'
export type { SqliteStoreOptions } from './sqlite-store.ts'
export { sqliteSubjectKeys } from './sqlite-subject-keys.ts'
export type { SqliteSubjectKeysOptions } from './sqlite-subject-keys.ts'
