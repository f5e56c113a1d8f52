export { load, prepare, send } from './command-handler.ts'
export type { Decided, DecideOptions, Loaded, Prepared, SendOptions, Sent } from './command-handler.ts'
export { withParts } from './commit-parts.ts'
export type { CommitParts } from './commit-parts.ts'
export { decider, domainEvent, storedType } from './decider.ts'
export type {
  Command,
  CommandOf,
  Decider,
  DeciderOptions,
  Decision,
  DomainEvent,
  EventCreator,
  EventOf,
} from './decider.ts'
export { isRejection, reject } from './rejection.ts'
export type { Rejection } from './rejection.ts'
export type { OldData, Upcasters } from './upcasting.ts'
