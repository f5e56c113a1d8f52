import { invalidOption } from '../../runtime/option.ts'
import { asked } from '../asked.ts'
import type { Call } from '../call.ts'
import { conserve } from '../conserve.ts'
import { type Outcome, refused, type Refusal } from '../outcome.ts'
import type { Guard, Moment, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { Admissions } from './admissions.ts'
import { Compartment } from './compartment.ts'
import { Compartments } from './compartments.ts'
import { type KeyedOptions, type KeyedSettings, keyedSettings, splitOptions } from './keyed-options.ts'

/** What a keyed policy is doing. */
export interface KeyedState {
  /** Keys that have a compartment of their own now. */
  readonly keys: number
  readonly maxKeys: number
  /** Keys that were forgotten, because they were idle. */
  readonly forgotten: number
  /** Calls that were let through and have not ended. */
  readonly active: number
  /** Calls that wait in a compartment. */
  readonly waiting: number
  /** Calls with a key for which there was no room. */
  readonly crowdedOut: number
  /** State of the compartment of calls without a key, and of keys for which there is no room. */
  readonly shared: object
}

/**
 * One live guard for each key: a breaker per host, a bulkhead per tenant, a limit per customer, so that one of them cannot use up
 * what belongs to the others. For policies that admit or refuse: circuit breaker, bulkhead, queue pool, rate limiter, throttling.
 *
 * Keys are bounded (`maxKeys`). A key that nobody uses is forgotten after `idle`, or the longest idle one at once where a new key
 * needs its room; never one with calls under way, and never a limit that is not as good as new, nor a circuit that is open. When there is no room left, new
 * keys share one compartment (`whenKeysFull: 'share'`), so that someone who invents keys gets the share of one key for all of
 * them; or they are refused with `TOO_MANY_KEYS`.
 *
 * A circuit that is open is not forgotten before it would let a probe through. A key that comes back later begins anew.
 *
 * @example
 * pipeline('search',
 *   keyed(circuitBreaker({ failures: 5 }), { by: ({ args }) => new URL(String(args[0])).host }),
 *   keyed(bulkhead({ concurrent: 4 }), { by: 'key', maxKeys: 500, idle: '5m' }))
 * await search.run(({ signal }) => fetch(url, { signal }), { key: tenant, args: [url] })
 *
 * @throws WatertightError `INVALID_OPTION`, also for a policy that re-runs or replaces calls.
 */
export function keyed(policy: Policy, options: KeyedOptions = {}): Policy {
  const settings = keyedSettings(options)
  const guard = policy?.guard
  if (guard === undefined) {
    throw invalidOption('policy', policy?.kind, 'one that admits or refuses calls, such as circuitBreaker or bulkhead')
  }
  return {
    ...policy,
    name: options.name ?? policy.name,
    options: { ...policy.options, ...settings },
    guard: (site) => new Keyed(guard, options, site),
  }
}

class Keyed implements Guard {
  readonly #site: Site
  readonly #shared: Compartment
  readonly #compartments: Compartments
  readonly #admissions = new Admissions()
  #options: KeyedOptions
  #settings: KeyedSettings
  /** Changes since the definition, for guards that are still to be made. */
  #changes: object | undefined
  #waiting = 0
  #crowdedOut = 0

  constructor(make: (site: Site) => Guard, options: KeyedOptions, site: Site) {
    this.#options = options
    this.#settings = keyedSettings(options)
    this.#site = site
    const { maxKeys, idleMs } = this.#settings
    this.#shared = new Compartment(undefined, make(site))
    this.#compartments = new Compartments(
      site,
      () => {
        const guard = make(site)
        if (this.#changes !== undefined) guard.update(this.#changes)
        return guard
      },
      maxKeys,
      idleMs,
    )
  }

  get timed(): boolean {
    return this.#shared.guard.timed === true
  }

  admit(scope: Scope, moment: Moment): Token | Refusal | Promise<Token | Refusal> {
    const compartment = this.#compartmentOf(scope.call, moment)
    if (compartment === undefined) return this.#refuse()
    this.#compartments.use(compartment)
    try {
      const admitted = compartment.guard.admit(scope, moment)
      return admitted instanceof Promise
        ? this.#admittedLater(compartment, admitted)
        : this.#admitted(compartment, admitted)
    } catch (error) {
      this.#compartments.release(compartment)
      throw error
    }
  }

  recheck(token: Token, scope: Scope): Refusal | undefined {
    const { guard } = this.#admissions.compartment(token)
    return guard.recheck?.(this.#admissions.token(token), scope)
  }

  settle(token: Token, outcome: Outcome<unknown>, moment: Moment): void {
    const { guard } = this.#admissions.compartment(token)
    guard.settle?.(this.#admissions.token(token), outcome, moment)
  }

  end(token: Token): void {
    const compartment = this.#admissions.compartment(token)
    const inner = this.#admissions.token(token)
    this.#admissions.remove(token)
    compartment.guard.end?.(inner)
    this.#compartments.release(compartment)
  }

  /** Changes options of the keys, and those of the policy, for all keys that are there and for those to come. */
  update(options: object): void {
    const { keyed: changed, inner } = splitOptions(options)
    const merged = { ...this.#options, ...changed }
    const settings = keyedSettings(merged)
    // It takes the same options as all the others: what it refuses changes nothing anywhere.
    this.#shared.guard.update(inner)
    this.#options = merged
    this.#settings = settings
    this.#changes = { ...this.#changes, ...inner }
    for (const { guard } of this.#compartments.all) guard.update(inner)
    this.#compartments.resize(settings.maxKeys, settings.idleMs)
  }

  state(): KeyedState {
    return {
      keys: this.#compartments.size,
      maxKeys: this.#settings.maxKeys,
      forgotten: this.#compartments.forgotten,
      active: this.#admissions.size,
      waiting: this.#waiting,
      crowdedOut: this.#crowdedOut,
      shared: this.#shared.guard.state(),
    }
  }

  /** State of one key; undefined when it has no compartment. */
  stateOf(key: string): object | undefined {
    return this.#compartments.get(key)?.guard.state()
  }

  check(): void {
    const all = [this.#shared, ...this.#compartments.all]
    const uses = all.reduce((sum, compartment) => sum + compartment.uses, 0)
    for (const { guard } of all) guard.check()
    const expected = this.#admissions.size + this.#waiting
    conserve(this.#site.policy, `${uses} uses`, uses === expected, this.state())
  }

  #compartmentOf(call: Call, moment: Moment): Compartment | undefined {
    const key = this.#keyOf(call)
    if (key === undefined) return this.#shared
    const own = this.#compartments.get(key) ?? this.#compartments.claim(key, moment.now)
    if (own !== undefined) return own
    this.#crowdedOut++
    tell(this.#site, 'keys.full', { call: call.id, key, keys: this.#compartments.size })
    return this.#settings.whenKeysFull === 'share' ? this.#shared : undefined
  }

  #keyOf(call: Call): string | undefined {
    const { by } = this.#settings
    if (by === 'key') return call.key
    return asked(this.#site.runtime, () => by(call), undefined)
  }

  async #admittedLater(compartment: Compartment, admission: Promise<Token | Refusal>): Promise<Token | Refusal> {
    this.#waiting++
    try {
      return this.#admitted(compartment, await admission)
    } catch (error) {
      this.#compartments.release(compartment)
      throw error
    } finally {
      this.#waiting--
    }
  }

  #admitted(compartment: Compartment, admitted: Token | Refusal): Token | Refusal {
    if (typeof admitted === 'number') return this.#admissions.add(compartment, admitted)
    this.#compartments.release(compartment)
    return admitted
  }

  #refuse(): Refusal {
    return refused(this.#site.policy, 'TOO_MANY_KEYS', `${this.#compartments.size} keys are in use`)
  }
}
