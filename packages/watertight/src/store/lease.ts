import type { Fence } from './commit.ts'
import type { Ledger, StreamState } from './ledger.ts'

/** Takes a lease that nobody holds, under an epoch that was never used before: what was released or expired stays counted. */
export function acquireLease(ledger: Ledger<StreamState>, lease: string, ttlMs: number): Fence | undefined {
  const now = ledger.now()
  const last = ledger.lease(lease)
  if (last && last.expiresAt > now) return undefined
  const fence = { lease, epoch: (last?.epoch ?? 0) + 1 }
  ledger.writeLease(fence, now + ttlMs)
  return fence
}

/** Prolongs a lease that is still held. One that expired stays lost, even when nobody took it since. */
export function renewLease(ledger: Ledger<StreamState>, fence: Fence, ttlMs: number): boolean {
  if (!holdsLease(ledger, fence)) return false
  ledger.writeLease(fence, ledger.now() + ttlMs)
  return true
}

/** Gives a lease back early; does nothing when it is lost. */
export function releaseLease(ledger: Ledger<StreamState>, fence: Fence): void {
  if (holdsLease(ledger, fence)) ledger.writeLease(fence, ledger.now())
}

export function holdsLease(ledger: Ledger<StreamState>, { lease, epoch }: Fence): boolean {
  const last = ledger.lease(lease)
  return last !== undefined && last.epoch === epoch && last.expiresAt > ledger.now()
}
