import type { PaymentRequest } from '../contract/payments.ts'
import { PROVIDERS, type ProviderName } from '../process/roles.ts'
import { type Attempt, type PaymentEvent, type PaymentState, providerKey } from './payment.ts'
import type { LoadedPayment, PaymentStreams } from './payment-streams.ts'
import { type Answer, type PaymentProvider, retryAfterMs } from './provider-desk.ts'

export type Providers = Readonly<Record<ProviderName, PaymentProvider>>

export type ChargeResult =
  | { readonly kind: 'charged' | 'declined' | 'closed' | 'reused'; readonly payment: LoadedPayment }
  /** A provider has not told what happened: the same key must be repeated. */
  | { readonly kind: 'unsettled'; readonly retryAfterMs: number | undefined }
  /** Nothing was charged, and nobody is left to ask. */
  | { readonly kind: 'no-provider'; readonly retryAfterMs: number | undefined }

/**
 * Charges a payment once, at the first provider that can.
 *
 * The next provider is tried only when the attempt before has definitely not been executed. An outcome nobody knows is
 * settled at the provider that has it: its key is repeated, and failing that closed, after which it was charged or never will be.
 * Everything is resumed from the payment's stream: call it again after a crash, with the same arguments.
 */
export async function charge(
  streams: PaymentStreams,
  providers: Providers,
  key: string,
  request: PaymentRequest,
): Promise<ChargeResult> {
  const passed = new Set<ProviderName>()
  let payment = await streams.load(key)
  for (;;) {
    const known = finished(payment, request)
    if (known) return { kind: known, payment }

    const { open } = payment.state
    const provider = open?.provider ?? PROVIDERS.find((name) => !passed.has(name) && providers[name].refusesForMs === 0)
    if (provider === undefined) return { kind: 'no-provider', retryAfterMs: soonest(providers) }
    const attempt = open ?? { provider, attempt: payment.state.attempts + 1 }
    const asked = await (open ? resume : begin)(streams, providers[provider], payment, attempt, request)
    if (asked === undefined) {
      payment = await streams.load(key)
      continue
    }
    const { answer } = asked
    if (answer.kind === 'unknown') return { kind: 'unsettled', retryAfterMs: retryAfterMs(answer) }
    if (answer.kind === 'closed' || answer.kind === 'not-executed') passed.add(provider)
    payment = (await streams.append(asked.payment, [learned(attempt, answer)])) ?? (await streams.load(key))
  }
}

interface Asked {
  readonly payment: LoadedPayment
  readonly answer: Answer
}

/** `undefined`: somebody else was quicker, and nothing was asked. */
type Ask = (
  streams: PaymentStreams,
  provider: PaymentProvider,
  before: LoadedPayment,
  attempt: Attempt,
  request: PaymentRequest,
) => Promise<Asked | undefined>

const begin: Ask = async (streams, provider, before, attempt, request) => {
  const payment = await streams.append(before, intent(before.state, request, attempt))
  if (payment === undefined) return undefined
  const key = providerKey(payment.key, attempt)
  const first = await provider.charge(key, request)
  return { payment, answer: first.kind === 'unknown' ? await settle(provider, key, request) : first }
}

const resume: Ask = async (streams, provider, before, attempt, request) => {
  // Whoever began this attempt may have sent it. Saying so at an exact version stops them from ruling it out, too.
  const payment = await streams.append(before, [{ type: 'payment.resumed', data: attempt }])
  if (payment === undefined) return undefined
  return { payment, answer: await settle(provider, providerKey(payment.key, attempt), request) }
}

function finished(
  { state }: LoadedPayment,
  request: PaymentRequest,
): 'charged' | 'declined' | 'closed' | 'reused' | undefined {
  switch (state.status) {
    case 'new':
      return undefined
    case 'closing':
    case 'closed':
      return 'closed'
    case 'requested':
    case 'charged':
    case 'declined':
      if (state.orderId !== request.orderId || state.amountMinor !== request.amountMinor) return 'reused'
      return state.status === 'requested' ? undefined : state.status
  }
}

function intent(state: PaymentState, request: PaymentRequest, attempt: Attempt): readonly PaymentEvent[] {
  const { orderId, amountMinor } = request
  const attempted: PaymentEvent = { type: 'payment.attempted', data: attempt }
  return state.status === 'new'
    ? [{ type: 'payment.requested', data: { orderId, amountMinor } }, attempted]
    : [attempted]
}

/** Never answers `not-executed`: what is refused now may have been executed before. */
async function settle(provider: PaymentProvider, key: string, request: PaymentRequest): Promise<Answer> {
  const repeated = await provider.charge(key, request)
  if (repeated.kind !== 'unknown' && repeated.kind !== 'not-executed') return repeated
  const closed = await provider.close(key)
  return closed.kind === 'not-executed' ? { kind: 'unknown', error: closed.error } : closed
}

function learned(attempt: Attempt, answer: Exclude<Answer, { kind: 'unknown' }>): PaymentEvent {
  switch (answer.kind) {
    case 'charged':
      return { type: 'payment.charged', data: { ...attempt, chargeId: answer.charge.chargeId } }
    case 'declined':
      return { type: 'payment.declined', data: attempt }
    case 'closed':
    case 'not-executed':
      return { type: 'payment.ruledOut', data: { ...attempt, because: answer.kind } }
  }
}

/** When the first of them may be asked again. */
function soonest(providers: Providers): number | undefined {
  const waits = PROVIDERS.map((name) => providers[name].refusesForMs).filter((ms) => ms > 0)
  return waits.length === 0 ? undefined : Math.min(...waits)
}
