import { WatertightError } from 'watertight'
import type { Simulation } from 'watertight/simulation'
import { lognormalLatency } from '../external/latency.ts'
import { PROVIDER_FAULTS } from '../incident/script.ts'
import { PROVIDERS, type ProviderName } from '../process/roles.ts'
import type { Calls } from './calls.ts'
import { pause } from './pause.ts'

/** As of the real ones: see external/provider.ts. */
const MEDIAN_LATENCY_MS = 40
const { answerLostRate = 0, lateRate = 0, lateMs = 0 } = PROVIDER_FAULTS

/** Payment providers with the real ones' latencies and faults, asked as the payment service asks them. */
export class SimulatedProviders {
  readonly #sim: Simulation
  readonly #calls: Calls
  readonly #latencies: Readonly<Record<ProviderName, (key: string) => number>>
  /** When each charge is made: asked again, a provider waits for the first question. */
  readonly #made = new Map<string, number>()

  constructor(sim: Simulation, calls: Calls) {
    this.#sim = sim
    this.#calls = calls
    const seed = Number(sim.seed)
    this.#latencies = {
      'provider-alpha': lognormalLatency(seed, 'provider-alpha', MEDIAN_LATENCY_MS),
      'provider-beta': lognormalLatency(seed, 'provider-beta', MEDIAN_LATENCY_MS),
      'provider-gamma': lognormalLatency(seed, 'provider-gamma', MEDIAN_LATENCY_MS),
    }
  }

  /**
   * Charges at the first provider that takes it; what is not answered is asked again under its key.
   *
   * @throws WatertightError `NOT_SETTLED` or `NO_PROVIDER`, both retryable.
   */
  async charge(key: string, id: number): Promise<void> {
    for (const provider of PROVIDERS) {
      try {
        return await this.#ask(provider, key, id)
      } catch (error) {
        if (isRefusal(error)) continue
      }
      try {
        return await this.#ask(provider, key, id)
      } catch {
        throw new WatertightError('NOT_SETTLED', `${provider} has not told what happened`, { retryable: true })
      }
    }
    throw new WatertightError('NO_PROVIDER', 'no payment provider available', { retryable: true })
  }

  /** Whether a provider has charged under this key. */
  hasCharged(key: string): boolean {
    const now = this.#sim.runtime.now()
    return PROVIDERS.some((provider) => (this.#made.get(`${provider} ${key}`) ?? Infinity) <= now)
  }

  #ask(provider: ProviderName, key: string, id: number): Promise<void> {
    return this.#calls.ask(provider, { id }, () => this.#decide(provider, key))
  }

  async #decide(provider: ProviderName, key: string): Promise<void> {
    const { runtime } = this.#sim
    const asked = `${provider} ${key}`
    const made = this.#made.get(asked)
    if (made !== undefined) return pause(runtime, Math.max(0, made - runtime.now()))
    const takes = this.#hits('late', asked, lateRate) ? lateMs : this.#latencies[provider](key)
    this.#made.set(asked, runtime.now() + takes)
    await pause(runtime, takes)
    if (this.#hits('lost', asked, answerLostRate)) {
      throw new WatertightError('CONNECTION_LOST', `${provider}: the answer got lost`, { retryable: true })
    }
  }

  #hits(fault: string, key: string, rate: number): boolean {
    return this.#sim.runtime.random(`${fault} ${key}`, 0) < rate
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['CIRCUIT_OPEN', 'BULKHEAD_FULL', 'CONNECTION_FAILED', 'OVERLOADED'])

/** Nothing was asked: somebody else may be. */
function isRefusal(error: unknown): boolean {
  return error instanceof WatertightError && REFUSALS.has(error.code)
}
