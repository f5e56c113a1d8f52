import type { Duration } from '../../runtime/duration.ts'
import { callback, limit, settingsOf } from '../../runtime/option-checks.ts'
import type { Outcome, Result } from '../outcome.ts'
import type { Inner, Policy, Site, Strategy } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { callKey, type KeyOfArguments } from './call-key.ts'
import { SingleFlight } from './single-flight.ts'

/** Which calls are the same, and how long one run for all of them may take. */
export interface CoalesceOptions<Args extends readonly unknown[] = readonly unknown[]> {
  /** The key of a call, from its arguments; undefined: it is made by itself. Default: the key that its caller gave. */
  readonly key?: (...args: Args) => string | undefined
  /**
   * How long a run takes at most. It has none of its callers' limits, for these end only their own waits; it is stopped when
   * the last of them has gone. Default: `'30s'`.
   */
  readonly limit?: Duration
  readonly name?: string
}

/** What a `coalesce` is doing. */
export interface CoalesceState {
  /** Runs under way. */
  readonly running: number
  /** Runs so far. */
  readonly runs: number
  /** Calls that joined a run of another one. */
  readonly joined: number
}

interface Settings {
  readonly key: KeyOfArguments | undefined
  readonly limitMs: number
}

/**
 * One run for equal calls at a time: who comes while it is under way waits for the same outcome. Nothing is kept afterwards, as
 * a `cache` would. Results are shared by reference: not for what can be consumed only once, such as a `Response`.
 *
 * @example
 * const load = pipeline('users', coalesce({ key: (id: string) => id }), timeout('2s')).wrap(loadUser)
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function coalesce<Args extends readonly unknown[] = readonly unknown[]>(
  options: CoalesceOptions<Args> = {},
): Policy<never, (...args: Args) => unknown> {
  return {
    kind: 'coalesce',
    shares: true,
    name: options.name,
    options: settings(options),
    strategy: (site) => new Coalesce(options, site),
  }
}

function settings(options: object): Settings {
  return settingsOf<Settings>('coalesce', options, { key: callback(), limitMs: limit('30s') })
}

class Coalesce implements Strategy {
  readonly leavesSuccess = false
  readonly #site: Site
  readonly #flights: SingleFlight
  #options: object
  #settings: Settings
  #runs = 0
  #joined = 0

  constructor(options: object, site: Site) {
    this.#options = options
    this.#settings = settings(options)
    this.#site = site
    this.#flights = new SingleFlight(site)
  }

  enter(scope: Scope, inner: Inner): Result<unknown> | undefined {
    const key = callKey(scope, this.#settings.key, this.#site)
    if (key === undefined) return undefined
    const going = this.#flights.find(key)
    if (going === undefined) {
      this.#runs++
      const { limitMs } = this.#settings
      return this.#flights.start(key, scope, inner, { limitMs, background: false }).join(scope)
    }
    this.#joined++
    tell(this.#site, 'coalesce.joined', { call: scope.call.id, key, waiting: going.followers })
    return going.join(scope)
  }

  leave(outcome: Outcome<unknown>): Outcome<unknown> {
    return outcome
  }

  update(options: CoalesceOptions): void {
    const merged = { ...this.#options, ...options }
    this.#settings = settings(merged)
    this.#options = merged
  }

  state(): CoalesceState {
    return { running: this.#flights.size, runs: this.#runs, joined: this.#joined }
  }

  check(): void {
    this.#flights.check()
  }
}
