import type { Fence } from './commit.ts'
import type { Ledger, StreamState } from './ledger.ts'

/**
 * Takes a lease that nobody holds, under an epoch that was never used before: what was released or expired stays counted.
 *
 * A lease that lasts longer than it was given for is the sign of a clock that was set back. Its owner may live and use it,
 * as long as it was given for, so that is what it lasts from now on; else a dead owner's would last as long as the step.
 */
export function acquireLease(ledger: Ledger<StreamState>, lease: string, ttlMs: number): Fence | undefined {
  const now = ledger.now()
  const last = ledger.lease(lease)
  if (last && last.expiresAt > now) {
    if (last.expiresAt > now + last.ttlMs) ledger.writeLease(lease, { ...last, expiresAt: now + last.ttlMs })
    return undefined
  }
  const epoch = (last?.epoch ?? 0) + 1
  ledger.writeLease(lease, { epoch, expiresAt: now + ttlMs, ttlMs })
  return { lease, epoch }
}

/** Prolongs a lease that is still held. One that expired stays lost, even when nobody took it since. */
export function renewLease(ledger: Ledger<StreamState>, fence: Fence, ttlMs: number): boolean {
  if (!holdsLease(ledger, fence)) return false
  ledger.writeLease(fence.lease, { epoch: fence.epoch, expiresAt: ledger.now() + ttlMs, ttlMs })
  return true
}

/** Gives a lease back early; does nothing when it is lost. */
export function releaseLease(ledger: Ledger<StreamState>, fence: Fence): void {
  if (holdsLease(ledger, fence))
    ledger.writeLease(fence.lease, { epoch: fence.epoch, expiresAt: ledger.now(), ttlMs: 0 })
}

export function holdsLease(ledger: Ledger<StreamState>, { lease, epoch }: Fence): boolean {
  const last = ledger.lease(lease)
  return last !== undefined && last.epoch === epoch && last.expiresAt > ledger.now()
}
