import type { AuditReport } from '../audit/audit.ts'
import type { LoadSecond } from '../load/messages.ts'
import type { LoadResult } from '../load/tally.ts'
import type { ProtectionName } from '../process/config.ts'
import type { Role } from '../process/roles.ts'
import type { IncidentOptions } from './options.ts'
import type { Difference } from './difference.ts'

/** Something that happened, `atMs` after the load started. */
export interface Happening {
  readonly atMs: number
  readonly what: string
}

/** All that is known of one run; the function `judge` of verdict.ts judges it, and nothing else does. */
export interface RunRecord {
  readonly protection: ProtectionName
  readonly options: IncidentOptions
  readonly seed: number
  readonly scheduleHash: string
  readonly orders: { readonly source: string; readonly used: number; readonly repeated: number }
  /** Orders offered in the whole run. */
  readonly offered: number
  /** Orders that were acknowledged as paid or pending, by the customers' own list. */
  readonly accepted: number
  /** Of the accepted ones, by the end: */
  readonly completed: number
  readonly compensated: number
  readonly parked: number
  /** Parked ones without a cause that needs a person. */
  readonly parkedWithoutCause: number
  readonly unfinished: number
  readonly lost: number
  readonly chargedTwice: number
  readonly chargedAfterRefusal: number
  /** What customers were told instead of an answer, by code. */
  readonly refusedByCause: Readonly<Record<string, number>>
  /** What the services refused locally, by process and code. */
  readonly refusedByService: Readonly<Partial<Record<Role, Readonly<Record<string, number>>>>>
  /** By phase, then route: milliseconds from the scheduled instant; `null` is infinite. */
  readonly phases: LoadResult['phases']
  readonly lateness: LoadResult['lateness']
  /** Share (0 to 1) of the machine's processor time that went to others; `null` where it cannot be told. */
  readonly machineUsedByOthers: number | null
  /** Faults that the providers injected, by kind. */
  readonly injected: Readonly<Record<string, number>>
  readonly timeline: readonly Happening[]
  /** The run second by second. */
  readonly seconds: readonly LoadSecond[]
  /** Processes that ended without being told to. */
  readonly unexpectedExits: readonly string[]
  readonly audit: AuditReport
  /** Where the protected and the unprotected shop differ. */
  readonly protectionDifference: readonly Difference[]
  readonly dataFolder: string
}

/** A run that was judged: what `--json` prints. */
export interface IncidentRecord extends RunRecord {
  readonly verdict: Verdict
  readonly reasons: readonly string[]
}

export type Verdict = 'contained' | 'not contained' | 'inconclusive: machine busy' | 'inconclusive: too few samples'
