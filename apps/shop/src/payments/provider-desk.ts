import { isWatertightError } from 'watertight'
import type { Charge, PaymentRequest } from '../contract/payments.ts'
import type { Reply } from '../http/client.ts'
import { type Dependency, notExecuted } from '../http/dependency.ts'

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
  /** True while the circuit is open: a call now would be refused without being sent. */
  readonly refusing: boolean
  charge(key: string, request: PaymentRequest): Promise<Answer>
  /** Closes a key, so that an outcome nobody knows becomes one of two: charged, or never. */
  close(key: string): Promise<Answer>
  /** Gives a charge back; `charged` carries the charge as refunded. */
  refund(key: string, chargeId: string): Promise<Answer>
}

/** A provider over HTTP, behind its pipeline. */
export class ProviderDesk implements PaymentProvider {
  readonly #dependency: Dependency

  constructor(dependency: Dependency) {
    this.#dependency = dependency
  }

  get refusing(): boolean {
    return this.#dependency.pipeline.state().breaker === 'open'
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
    // The pipeline may send several times and report only the last error; each send counts as executed until its own
    // result disproves it, also one that was abandoned and has no result yet.
    let maybeExecuted = 0
    try {
      const reply = await this.#dependency.pipeline.run(async ({ signal }) => {
        maybeExecuted++
        try {
          return await this.#dependency.direct('POST', path, { ...options, signal })
        } catch (error) {
          if (notExecuted(error)) maybeExecuted--
          throw error
        }
      })
      return read(reply) ?? { kind: 'unknown', error: new Error(`${path} was answered ${reply.status}`) }
    } catch (error) {
      return { kind: maybeExecuted === 0 ? 'not-executed' : 'unknown', error }
    }
  }
}

/** How long until a provider may answer again, where its error says so. */
export function retryAfterMs(answer: Answer): number | undefined {
  return 'error' in answer && isWatertightError(answer.error) ? answer.error.retryAfterMs : undefined
}
