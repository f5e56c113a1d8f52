export { withParts } from './commit-parts.ts'
export type { CommitParts } from './commit-parts.ts'
export { isRejection, reject } from './rejection.ts'
export type { Rejection } from './rejection.ts'
