export type {
  Append,
  Commit,
  CommitDone,
  CommitRefusalCode,
  CommitRefused,
  Committed,
  Expected,
  Fence,
  RowWrite,
  TimerWrite,
} from './commit.ts'
export { DEFAULT_TENANT, streamId } from './event.ts'
export type { EventMeta, NewEvent, StoredEvent, StreamId } from './event.ts'
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
export { positionOfToken, tokenOf } from './token.ts'
