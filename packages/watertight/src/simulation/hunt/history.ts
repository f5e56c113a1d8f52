/** An append of one or more values to a list, as its caller saw it. Values are unique in the whole history. */
export interface AppendSeen {
  readonly list: string
  readonly values: readonly string[]
  /** `unknown`: no answer came, so it may have happened, now or later. */
  readonly outcome: 'done' | 'failed' | 'unknown'
  /** How long the list is behind it, where the answer said so. */
  readonly length?: number
  /** When it was asked for and when it was answered. */
  readonly from: number
  readonly to: number
}

/** A read of a whole list. */
export interface ReadSeen {
  readonly list: string
  readonly values: readonly string[]
  readonly from: number
  readonly to: number
}

/** What one subscription was handed over, in order, by whichever member and however often. */
export interface Sightings {
  readonly subscription: string
  readonly values: readonly string[]
  /** Whether a value may come again, behind which those that follow it come again too. */
  readonly mayRepeat: boolean
}

/** What clients and subscriptions saw of a store. */
export interface History {
  readonly appends: readonly AppendSeen[]
  readonly reads: readonly ReadSeen[]
  /** All values in the order of the log, and what subscriptions to all of it saw. */
  readonly log?: readonly string[]
  readonly sightings?: readonly Sightings[]
}

/** A way in which a history can be wrong. */
export type AnomalyKind =
  | 'lost'
  | 'stale'
  | 'duplicated'
  | 'invented'
  | 'dirty'
  | 'torn'
  | 'reordered'
  | 'overtaken'
  | 'misplaced'
  | 'skipped'
  | 'unseen'

/** The ways in which a history can be wrong, in words. */
export const ANOMALIES: Readonly<Record<AnomalyKind, string>> = {
  lost: 'an append was acknowledged, and is in no later read',
  stale: 'a read began after an append was acknowledged, or after another read had seen it, and does not see it',
  duplicated: 'a value is there twice',
  invented: 'a read saw a value that nobody appended',
  dirty: 'a read saw a value of an append that failed for sure',
  torn: 'the values of one append are not all there, side by side and in order',
  reordered: 'two reads, or a read and the log, have the same values in another order',
  overtaken: 'an append began after another was acknowledged, and stands before it',
  misplaced: 'an append stands elsewhere than its answer said',
  skipped: 'a subscription was handed a value without one that comes before it',
  unseen: 'a subscription that has come to rest was never handed a value',
}

/** What is wrong with a history, and where it shows. */
export interface Anomaly {
  readonly kind: AnomalyKind
  readonly text: string
}
