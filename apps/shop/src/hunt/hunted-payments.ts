import { isWatertightError, type LivePipeline, type Runtime, WatertightError } from 'watertight'
import { reject, type Rejection } from 'watertight/event-store'
import type { Remote } from 'watertight/simulation'
import type { Store } from 'watertight/store'
import type { PaymentRequest } from '../contract/payments.ts'
import { ChargeBook, type KeyState } from '../external/charge-book.ts'
import { charge, type Providers } from '../payments/charging.ts'
import { KeyQueue } from '../payments/key-queue.ts'
import { PaymentStreams } from '../payments/payment-streams.ts'
import type { Answer, PaymentProvider } from '../payments/provider-desk.ts'
import { refund } from '../payments/refunding.ts'

/** What a payment provider can be asked. */
export type ProviderDesk = {
  charge(key: string, request: PaymentRequest): Promise<KeyState>
  close(key: string): Promise<KeyState>
  refund(key: string, chargeId: string): Promise<KeyState | undefined>
}

/** What the payments service can be asked: its HTTP routes, with their answers as values. */
export type PaymentsDesk = {
  charge(key: string, request: PaymentRequest): Promise<null | Rejection<'DECLINED' | 'PAYMENT_CLOSED'>>
  /** Whether the charge happened; one whose outcome nobody knows is settled first. */
  find(key: string, request: PaymentRequest): Promise<boolean>
  refund(key: string): Promise<void>
}

/** A payment provider; `declines` says whose cards are refused. */
export function providerDesk(
  store: Store,
  runtime: Runtime,
  name: string,
  declines: (orderId: string) => boolean,
): ProviderDesk {
  const book = new ChargeBook(store, runtime, name)
  return {
    charge: async (key, request) =>
      (await book.find(key)) ?? (await (declines(request.orderId) ? book.decline(key) : book.charge(key, request))),
    close: (key) => book.close(key),
    refund: (key, chargeId) => book.refund(key, chargeId),
  }
}

/** A provider as the payments service sees it, behind the shop's own pipeline. */
export function remoteProvider(remote: Remote<ProviderDesk>, pipeline: LivePipeline): PaymentProvider {
  const ask = async (question: () => Promise<KeyState | undefined>): Promise<Answer> => {
    // As long as the pipeline has let nothing through, nothing was executed.
    let isSent = false
    try {
      const state = await pipeline.run(() => {
        isSent = true
        return question()
      })
      if (state === undefined) return { kind: 'unknown', error: new Error('there is no such charge') }
      return state.kind === 'charge' ? { kind: 'charged', charge: state } : state
    } catch (error) {
      return { kind: isSent && !isWatertightError(error, 'REFUSED') ? 'unknown' : 'not-executed', error }
    }
  }
  return {
    refusesForMs: 0,
    charge: (key, request) => ask(() => remote.charge(key, request)),
    close: (key) => ask(() => remote.close(key)),
    refund: (key, chargeId) => ask(() => remote.refund(key, chargeId)),
  }
}

/** The payments service. */
export function paymentsDesk(store: Store, runtime: Runtime, providers: Providers): PaymentsDesk {
  const streams = new PaymentStreams(store, runtime)
  const queue = new KeyQueue()
  const chargeOnce: PaymentsDesk['charge'] = async (key, request) => {
    const { kind } = await queue.run(key, 'charge', () => charge(streams, providers, key, request))
    if (kind === 'charged') return null
    if (kind === 'declined') return reject('DECLINED')
    if (kind === 'closed') return reject('PAYMENT_CLOSED')
    throw notSettled(kind)
  }
  return {
    charge: chargeOnce,
    async find(key, request) {
      const { status } = (await streams.load(key)).state
      if (status === 'requested' || status === 'closing') return (await chargeOnce(key, request)) === null
      return status === 'charged'
    },
    async refund(key) {
      const { kind } = await queue.run(key, 'refund', () => refund(streams, providers, key))
      if (kind !== 'closed') throw notSettled(kind)
    },
  }
}

function notSettled(kind: string): WatertightError {
  return new WatertightError('NOT_SETTLED', `The payment is ${kind}: repeat its key.`, { retryable: true })
}
