export type {
  Append,
  Commit,
  CommitDone,
  CommitRefusalCode,
  CommitRefused,
  Committed,
  Expected,
  Fence,
  Retention,
  RowWrite,
  TimerWrite,
} from './commit.ts'
export { DEFAULT_TENANT, streamId } from './event.ts'
export type { EventMeta, NewEvent, StoredEvent, StreamId } from './event.ts'
// For adapters.
export { ChangeHints } from './change-hints.ts'
export { storeClosed } from './group-commit.ts'
export { requireName } from './invalid-commit.ts'
export { decodeJson, decodeMeta } from './json.ts'
export { prepareCommit, prepareStream } from './prepare-commit.ts'
export type {
  PreparedAppend,
  PreparedCommit,
  PreparedEvent,
  PreparedRetention,
  PreparedRow,
} from './prepared-commit.ts'
export { requireFilter, requireMax, requirePlace, requireTtl } from './read-options.ts'
export { slotOf } from './slot.ts'
// For everybody.
export { memoryStore } from './memory-store.ts'
export type { MemoryStoreOptions } from './memory-store.ts'
export type { Position, Version } from './position.ts'
export type {
  DueTimer,
  KeyedRow,
  LogPage,
  PastAppendResult,
  ReadDue,
  ReadLog,
  ReadStream,
  Row,
  ScanRows,
  Store,
  StreamPage,
} from './store.ts'
export type { Subject, SubjectKey, SubjectKeys } from './subject-keys.ts'
export { positionOfToken, tokenOf } from './token.ts'
