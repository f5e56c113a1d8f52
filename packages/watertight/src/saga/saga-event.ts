/** Why a saga turned back, or waits for a person. JSON data. */
export interface SagaCause {
  readonly kind: 'rejected' | 'failed' | 'defect' | 'undoFailed' | 'cancelled'
  /** The step it is about; none when the saga was cancelled. */
  readonly step?: string
  readonly code?: string
  readonly message: string
  readonly detail?: unknown
}

/** Whether a step that did not succeed may have had an effect all the same. */
export type Effect = 'none' | 'unknown'

/** What happens to a saga, in the order it is recorded. Stored as `saga.<type>`. */
export type SagaEvent =
  | {
      readonly type: 'started'
      readonly data: {
        readonly saga: string
        readonly version: number
        readonly digest: string
        readonly input: unknown
      }
    }
  | { readonly type: 'intended'; readonly data: { readonly step: string } }
  | {
      readonly type: 'done'
      readonly data: { readonly step: string; readonly result: unknown; readonly supplied?: string }
    }
  | {
      readonly type: 'skipped'
      readonly data: { readonly step: string; readonly reason: string; readonly effect: Effect }
    }
  | {
      readonly type: 'waiting'
      readonly data: {
        readonly step: string
        readonly attempt: number
        readonly inMs: number
        readonly message: string
      }
    }
  | { readonly type: 'compensating'; readonly data: { readonly cause: SagaCause; readonly effect: Effect } }
  | { readonly type: 'undone'; readonly data: { readonly step: string; readonly skipped?: string } }
  | { readonly type: 'completed'; readonly data: Readonly<Record<string, never>> }
  | { readonly type: 'compensated'; readonly data: Readonly<Record<string, never>> }
  | { readonly type: 'parked'; readonly data: { readonly cause: SagaCause } }
  | { readonly type: 'resumed'; readonly data: { readonly reason: string } }

/** The version of the shape of these events. */
export const SAGA_EVENT_SCHEMA = 1
