import { isWatertightError, type Runtime } from 'watertight'
import type { Charge, PaymentRequest } from '../contract/payments.ts'
import type { Reply } from '../http/client.ts'
import type { Dependency } from '../http/dependency.ts'
import { knownOutcome } from '../http/known-outcome.ts'

/** What is known after a provider was asked. */
export type Answer =
  | { readonly kind: 'charged'; readonly charge: Charge }
  | { readonly kind: 'declined' }
  /** The key is closed there: nothing was charged under it and nothing will be. */
  | { readonly kind: 'closed' }
  /** Nothing of this question reached the provider's books. Says nothing of an earlier question. */
  | { readonly kind: 'not-executed'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown }

/** A payment provider as this service sees it: asked by key, answering what is known and no more. */
export interface PaymentProvider {
  /** How long it will go on refusing, by its own last words; 0 when it may be asked. */
  readonly refusesForMs: number
  charge(key: string, request: PaymentRequest): Promise<Answer>
  /** Closes a key, so that an outcome nobody knows becomes one of two: charged, or never. */
  close(key: string): Promise<Answer>
  /** Gives a charge back; `charged` carries the charge as refunded. */
  refund(key: string, chargeId: string): Promise<Answer>
}

/** A provider over HTTP, behind its pipeline. */
export class ProviderDesk implements PaymentProvider {
  readonly #dependency: Dependency
  readonly #runtime: Runtime
  readonly #refused: (code: string) => void
  #refusesUntil = 0

  /** `refused` is told the code of each question that was not executed. */
  constructor(dependency: Dependency, runtime: Runtime, refused: (code: string) => void) {
    this.#dependency = dependency
    this.#runtime = runtime
    this.#refused = refused
  }

  // Not the state of the circuit: an open one turns half-open only when somebody asks, so someone has to.
  get refusesForMs(): number {
    return Math.max(0, this.#refusesUntil - this.#runtime.now())
  }

  charge(key: string, { orderId, amountMinor }: PaymentRequest): Promise<Answer> {
    return this.#ask(
      '/charges',
      { body: { orderId, amountMinor }, headers: { 'idempotency-key': key } },
      ({ status, body }) => {
        if (status === 201) return { kind: 'charged', charge: body as Charge }
        if (status === 402) return { kind: 'declined' }
        if (status === 409) return { kind: 'closed' }
        return undefined
      },
    )
  }

  close(key: string): Promise<Answer> {
    return this.#ask(`/charges/${encodeURIComponent(key)}/close`, {}, ({ status, body }) => {
      if (status !== 200) return undefined
      return 'chargeId' in (body as object) ? { kind: 'charged', charge: body as Charge } : { kind: 'closed' }
    })
  }

  refund(key: string, chargeId: string): Promise<Answer> {
    return this.#ask('/refunds', { body: { key, chargeId } }, ({ status, body }) =>
      status === 200 ? { kind: 'charged', charge: body as Charge } : undefined,
    )
  }

  async #ask(
    path: string,
    options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
    read: (reply: Reply) => Answer | undefined,
  ): Promise<Answer> {
    const outcome = await knownOutcome(this.#dependency, 'POST', path, options)
    if (outcome.kind === 'answered') {
      const { reply } = outcome
      return read(reply) ?? { kind: 'unknown', error: new Error(`${path} was answered ${reply.status}`) }
    }
    const { kind, error } = outcome
    if (kind === 'not-executed' && isWatertightError(error)) {
      this.#refusesUntil = this.#runtime.now() + (error.retryAfterMs ?? 0)
      this.#refused(error.code)
    }
    return outcome
  }
}

/** How long until a provider may answer again, where its error says so. */
export function retryAfterMs(answer: Answer): number | undefined {
  return 'error' in answer && isWatertightError(answer.error) ? answer.error.retryAfterMs : undefined
}
