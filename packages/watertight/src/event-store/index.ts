export { send } from './command-handler.ts'
export type { SendOptions, Sent } from './command-handler.ts'
export { withParts } from './commit-parts.ts'
export type { CommitParts } from './commit-parts.ts'
export { ConsistencyChecker, consistencyChecker } from './consistency-checker.ts'
export type { ConsistencyEvents, ConsistencyOptions, ConsistencyReport } from './consistency-checker.ts'
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
export { dropProjection } from './drop-projection.ts'
export type { DropProjectionOptions } from './drop-projection.ts'
export type { ProjectionEffect, RowEffect } from './effect-gate.ts'
export { fanOut } from './fan-out.ts'
export type { FanOutOptions } from './fan-out.ts'
export type { Inconsistency } from './inconsistency.ts'
export { inboxRetention } from './inbox-retention.ts'
export type { InboxRetention, InboxRetentionOptions } from './inbox-retention.ts'
export { inlineRows } from './inline-rows.ts'
export { projection } from './projection.ts'
export type { EventType, ProjectedEvent, Projection, ProjectionOptions, RowReducer } from './projection.ts'
export { upgradeProjection } from './projection-upgrade.ts'
export type { ProjectionUpgrade, UpgradeEvents, UpgradeOptions, UpgradeSide } from './projection-upgrade.ts'
export { isRejection, reject } from './rejection.ts'
export type { Rejection } from './rejection.ts'
export { load } from './load.ts'
export type { Loaded } from './load.ts'
export { finishForgetting, forgetSubject, SUBJECT_FORGOTTEN } from './personal-data/forget-subject.ts'
export type { ForgetOptions, SubjectForgotten } from './personal-data/forget-subject.ts'
export { memorySubjectKeys } from './personal-data/memory-subject-keys.ts'
export { PersonalData, personalData } from './personal-data/personal-data.ts'
export type { PersonalDataOptions } from './personal-data/personal-data.ts'
export type { PersonalFields } from './personal-data/personal-settings.ts'
export { isForgotten, isSealed } from './personal-data/sealed.ts'
export type { Forgotten, Opened, Personal, Sealed } from './personal-data/sealed.ts'
export { prepare } from './prepare.ts'
export type { Decided, DecideOptions, Prepared } from './prepare.ts'
export type { SnapshotOptions } from './snapshot.ts'
export type { ParkedKey, SkippedEvent } from './parked-key.ts'
export { ParkedKeys, parkedKeys } from './parked-keys.ts'
export type { ParkedKeysOptions, Released, SkipOptions } from './parked-keys.ts'
export type { ProjectedRow } from './projected-row.ts'
export type { ReadModelTarget, TargetRefusal, TargetWrite } from './read-model-target.ts'
export { listRows, readRow } from './read-row.ts'
export type { ReadRowOptions } from './read-row.ts'
export { runProjection } from './run-projection.ts'
export type { ProjectionEvents, RunningProjection, RunProjectionOptions } from './run-projection.ts'
export { subscribe } from './subscription.ts'
export type {
  BatchHandler,
  HandledParts,
  HandlerContext,
  SubscriptionEvents,
  SubscriptionOptions,
} from './subscription-options.ts'
export type { Subscription } from './subscription-member.ts'
export type { OldData, Upcasters } from './upcasting.ts'
