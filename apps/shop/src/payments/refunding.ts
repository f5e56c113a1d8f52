import type { Providers } from './charging.ts'
import { providerKey } from './payment.ts'
import type { LoadedPayment, PaymentStreams } from './payment-streams.ts'
import { retryAfterMs } from './provider-desk.ts'

export type RefundResult =
  | { readonly kind: 'closed'; readonly payment: LoadedPayment }
  /** A provider has not told what happened: repeat. */
  | { readonly kind: 'unsettled'; readonly retryAfterMs: number | undefined }

/**
 * Gives back what was charged and closes the payment for ever; safe when nothing was charged, and when nobody knows.
 *
 * From the first moment on (`payment.closing`) nothing more is charged. An open attempt is closed at its provider: then it was
 * charged, and is refunded, or it never will be.
 */
export async function refund(streams: PaymentStreams, providers: Providers, key: string): Promise<RefundResult> {
  let payment = await streams.load(key)
  for (;;) {
    const { status, open, charge } = payment.state
    if (status === 'closed') return { kind: 'closed', payment }

    if (open === undefined && charge === undefined) {
      payment = (await streams.append(payment, [{ type: 'payment.closed', data: {} }])) ?? (await streams.load(key))
      continue
    }
    if (status !== 'closing') {
      payment = (await streams.append(payment, [{ type: 'payment.closing', data: {} }])) ?? (await streams.load(key))
      continue
    }
    if (open !== undefined) {
      const answer = await providers[open.provider].close(providerKey(key, open))
      if (answer.kind !== 'charged' && answer.kind !== 'closed')
        return { kind: 'unsettled', retryAfterMs: retryAfterMs(answer) }
      payment =
        (await streams.append(payment, [
          answer.kind === 'charged'
            ? { type: 'payment.charged', data: { ...open, chargeId: answer.charge.chargeId } }
            : { type: 'payment.ruledOut', data: { ...open, because: 'closed' } },
        ])) ?? (await streams.load(key))
      continue
    }
    if (charge !== undefined) {
      const answer = await providers[charge.provider].refund(providerKey(key, charge), charge.chargeId)
      if (answer.kind !== 'charged') return { kind: 'unsettled', retryAfterMs: retryAfterMs(answer) }
      payment =
        (await streams.append(payment, [
          { type: 'payment.refunded', data: { chargeId: charge.chargeId } },
          { type: 'payment.closed', data: {} },
        ])) ?? (await streams.load(key))
    }
  }
}
