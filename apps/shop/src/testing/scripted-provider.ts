import type { PaymentRequest } from '../contract/payments.ts'
import type { Answer, PaymentProvider } from '../payments/provider-desk.ts'

/** What becomes of one question to a provider. */
export type Behaviour =
  | 'ok'
  /** Done, and the answer is lost. */
  | 'lost'
  /** The answer is lost, and a charge is made only later, when {@link ScriptedProvider.flush} is called. */
  | 'late'
  /** Definitely not done. */
  | 'refused'
  /** Not done, and nobody knows. */
  | 'unreachable'

interface Money {
  readonly chargeId: string
  refunded: boolean
}

const UNKNOWN: Answer = { kind: 'unknown', error: new Error('no answer') }
const REFUSED: Answer = { kind: 'not-executed', error: new Error('refused') }

/** A provider with a ledger in memory that honours its keys, and answers as the script says; when it has run out, `ok`. */
export class ScriptedProvider implements PaymentProvider {
  readonly refusesForMs = 0
  readonly #script: Behaviour[]
  readonly #keys = new Map<string, Money | 'closed'>()
  readonly #late: (() => void)[] = []

  constructor(script: readonly Behaviour[] = []) {
    this.#script = [...script]
  }

  /** How many charges hold money now. */
  get held(): number {
    return [...this.#keys.values()].filter((money) => money !== 'closed' && !money.refunded).length
  }

  /** Lets the late charges happen. */
  flush(): void {
    for (const charge of this.#late.splice(0)) charge()
  }

  charge(key: string, { orderId, amountMinor }: PaymentRequest): Promise<Answer> {
    return this.#ask(() => {
      if (!this.#keys.has(key)) this.#keys.set(key, { chargeId: `charge of ${key}`, refunded: false })
      return this.#told(key, orderId, amountMinor)
    }, true)
  }

  close(key: string): Promise<Answer> {
    return this.#ask(() => {
      if (!this.#keys.has(key)) this.#keys.set(key, 'closed')
      return this.#told(key, '', 0)
    }, false)
  }

  refund(key: string, chargeId: string): Promise<Answer> {
    return this.#ask(() => {
      const money = this.#keys.get(key)
      if (money === undefined || money === 'closed' || money.chargeId !== chargeId) return UNKNOWN
      money.refunded = true
      return this.#told(key, '', 0)
    }, false)
  }

  #told(key: string, orderId: string, amountMinor: number): Answer {
    const money = this.#keys.get(key)
    if (money === undefined || money === 'closed') return { kind: 'closed' }
    const { chargeId, refunded } = money
    return {
      kind: 'charged',
      charge: { key, chargeId, orderId, amountMinor, status: refunded ? 'refunded' : 'charged' },
    }
  }

  async #ask(execute: () => Answer, mayBeLate: boolean): Promise<Answer> {
    const behaviour = this.#script.shift() ?? 'ok'
    await Promise.resolve()
    switch (behaviour) {
      case 'ok':
        return execute()
      case 'lost':
        execute()
        return UNKNOWN
      case 'late':
        if (mayBeLate) this.#late.push(execute)
        return UNKNOWN
      case 'refused':
        return REFUSED
      case 'unreachable':
        return UNKNOWN
    }
  }
}
