import { WatertightError } from '../../runtime/error.ts'
import { asked } from '../asked.ts'
import { classify } from '../classify.ts'
import { cancelled, type Outcome, type Result, succeeded } from '../outcome.ts'
import type { Inner, Policy, Site, Strategy } from '../policy.ts'
import { sleep } from '../retry/sleep.ts'
import type { Branch, Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { type ChaosOptions, type ChaosSettings, chaosSettings } from './chaos-options.ts'

/** What went wrong on purpose. */
export type ChaosFault = 'latency' | 'error' | 'result' | 'hang'

/** What chaos has done so far, in calls. */
export interface ChaosState {
  readonly on: boolean
  readonly latency: number
  readonly error: number
  readonly result: number
  readonly hang: number
}

/**
 * Lets calls go wrong on purpose, for game days, tests and rehearsals: late, failing, wrongly answered, or hanging. To be put
 * innermost: it stands in for the function, and what is outside of it cannot tell the difference. Off until switched on, with
 * `update` also while it works; then it costs nothing. Which calls it meets follows from the runtime's seed.
 *
 * A call that hangs ends with whatever limits it: without a timeout, a deadline or a caller's signal, never.
 *
 * @example
 * const payments = pipeline('payments', timeout('2s'), chaos({ error: { rate: 0.1, status: 503 }, hang: { rate: 0.01 } }))
 * payments.update('chaos', { on: true, latency: { rate: 0.5, delay: '1s', upTo: '3s', keys: ['tenant-7'] } })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function chaos<T = never>(options: ChaosOptions<T> = {}): Policy<T> {
  return {
    kind: 'chaos',
    name: options.name,
    options: chaosSettings(options),
    strategy: (site) => new Chaos(options, site),
    advise: (name, inside) => {
      const [innermost] = inside.at(-1) ?? []
      if (innermost === undefined) return undefined
      const message = `${innermost} stands inside ${name}: calls that go wrong on purpose never get there`
      return { code: 'policy-inside-chaos', message }
    },
  }
}

class Chaos implements Strategy {
  readonly leavesSuccess = false
  readonly #site: Site
  #options: ChaosOptions<unknown>
  #settings: ChaosSettings
  readonly #injected: Record<ChaosFault, number> = { latency: 0, error: 0, result: 0, hang: 0 }

  constructor(options: ChaosOptions<unknown>, site: Site) {
    this.#site = site
    this.#options = options
    this.#settings = chaosSettings(options)
  }

  enter(scope: Scope, inner: Inner): Result<unknown> | undefined {
    if (!this.#settings.on) return undefined
    const { latency } = this.#settings
    const late = this.#meets('latency', scope, this.#draw(scope, 'latency'))
    const end = this.#endOf(scope)
    if (!late && end === undefined) return undefined
    inner.standIn(scope)
    if (late) this.#tell('latency', scope)
    if (end !== undefined) this.#tell(end, scope)
    if (!late && end !== 'hang') return this.#answer(end, scope)
    const extraMs = late ? latency.delayMs + this.#draw(scope, 'delay') * (latency.upToMs - latency.delayMs) : 0
    return this.#linger(inner.branch(scope, { attempt: scope.attempt }), extraMs, end)
  }

  leave(outcome: Outcome<unknown>): Outcome<unknown> {
    return outcome
  }

  update(options: Partial<ChaosOptions<unknown>>): void {
    const merged = { ...this.#options, ...options }
    this.#settings = chaosSettings(merged)
    this.#options = merged
  }

  state(): ChaosState {
    return { on: this.#settings.on, ...this.#injected }
  }

  check(): void {}

  /** Waits, then ends the call as drawn, or makes it. */
  async #linger(branch: Branch<unknown>, ms: number, end: ChaosFault | undefined): Promise<Outcome<unknown>> {
    const { scope } = branch
    if (!(await sleep(this.#site.runtime, ms, scope.cancel))) {
      branch.close()
      return cancelled(scope.cancel.cause ?? 'caller')
    }
    if (end === undefined) return branch.run()
    if (end === 'hang') await new Promise<void>((resolve) => scope.cancel.onCancel(resolve))
    branch.close()
    return end === 'hang' ? cancelled(scope.cancel.cause ?? 'caller') : (this.#answer(end, scope) as Outcome<unknown>)
  }

  #answer(end: ChaosFault | undefined, scope: Scope): Outcome<unknown> | undefined {
    if (end === 'result') return succeeded(this.#settings.result.value)
    if (end !== 'error') return undefined
    const error = this.#error(scope)
    return { kind: classify(error), error }
  }

  #error({ call }: Scope): unknown {
    const { make, message, code, status } = this.#settings.error
    const { policy, pipeline, runtime } = this.#site
    const error = WatertightError.withoutStack(code, `${pipeline}: ${message}`, { source: policy, retryable: true })
    if (status !== undefined) Object.assign(error, { status })
    return make === undefined ? error : asked(runtime, () => make(call), error)
  }

  /** One draw decides among the ways to end, so that no two meet the same call. */
  #endOf(scope: Scope): ChaosFault | undefined {
    let drawn = this.#draw(scope, 'end')
    for (const fault of ['hang', 'error', 'result'] as const) {
      if (this.#meets(fault, scope, drawn)) return fault
      drawn -= this.#settings[fault].rate
      if (drawn < 0) return undefined
    }
    return undefined
  }

  #meets(fault: ChaosFault, { call }: Scope, drawn: number): boolean {
    const { rate, keys } = this.#settings[fault]
    return drawn < rate && (keys === undefined || (call.key !== undefined && keys.includes(call.key)))
  }

  #draw(scope: Scope, purpose: string): number {
    return scope.random(`${this.#site.policy}/${purpose}`)
  }

  #tell(fault: ChaosFault, { call, attempt }: Scope): void {
    this.#injected[fault]++
    tell(this.#site, 'chaos.injected', { call: call.id, attempt, fault })
  }
}
