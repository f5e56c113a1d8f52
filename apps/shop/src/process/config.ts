import type { Role } from './roles.ts'

/** Which of the two option sets of `protection/` the shop runs with. */
export type ProtectionName = 'protected' | 'unprotected'

/** All that a process of the shop is told at its start: one JSON document in the environment variable {@link CONFIG_VARIABLE}. */
export interface ProcessConfig {
  readonly role: Role
  /** Loopback ports of every role; they stay the same when a process is restarted. */
  readonly ports: Readonly<Record<Role, number>>
  /** Each process keeps one database `<role>.db` in here, or on the server that `DATABASE_URL` names, and its log. */
  readonly dataFolder: string
  readonly protection: ProtectionName
  /** Seeds the chances of the external processes (latencies, faults), so that a run can be repeated. */
  readonly seed: number
}

export const CONFIG_VARIABLE = 'WATERTIGHT_SHOP_PROCESS'

/** All processes listen on, and call, this address only. */
export const LOOPBACK = '127.0.0.1'
