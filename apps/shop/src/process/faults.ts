import { keyedRandom } from 'watertight'
import type { Faults } from '../contract/faults.ts'

type FaultKind = 'failRate' | 'answerLostRate' | 'lateRate' | 'declineRate'

/** The faults a process has switched on now, and the chances they draw. */
export interface FaultSwitch {
  readonly current: Faults
  /** Whether the fault of this kind hits what `key` names: the same seed, role, kind and key always answer the same. */
  hits(kind: FaultKind, key: string): boolean
  /** How often each kind of fault was injected, for the report. */
  count(kind: string): void
  readonly injected: Readonly<Record<string, number>>
  set(faults: Faults): void
}

export function faultSwitch(role: string, seed: number): FaultSwitch {
  const random = keyedRandom(seed)
  const injected: Record<string, number> = {}
  let current: Faults = {}
  return {
    get current() {
      return current
    },
    injected,
    set(faults) {
      current = faults
    },
    count(kind) {
      injected[kind] = (injected[kind] ?? 0) + 1
    },
    hits(kind, key) {
      const rate = current[kind] ?? 0
      return rate > 0 && random(`${role}/${kind}`, numberOf(key)) < rate
    },
  }
}

/** FNV-1a: spreads keys over 32 bits, so that each has a draw of its own and none has to be remembered. */
function numberOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
