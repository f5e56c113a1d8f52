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
export { inlineRows } from './inline-rows.ts'
export { projection } from './projection.ts'
export type { EventType, ProjectedEvent, Projection, ProjectionOptions, RowReducer } from './projection.ts'
export { isRejection, reject } from './rejection.ts'
export type { Rejection } from './rejection.ts'
export { readRow, runProjection } from './run-projection.ts'
export type { RunProjectionOptions } from './run-projection.ts'
export { subscribe } from './subscription.ts'
export type { BatchHandler, HandledParts, SubscriptionEvents, SubscriptionOptions } from './subscription-options.ts'
export type { Subscription } from './subscription.ts'
export type { OldData, Upcasters } from './upcasting.ts'
