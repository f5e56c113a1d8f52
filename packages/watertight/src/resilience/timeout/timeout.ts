import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import { type Check, duration, oneOf, settingsOf, span } from '../../runtime/option-checks.ts'
import type { Policy, Site } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { idleTimeout } from './idle-timeout.ts'
import { type Overdue, TimeLimit } from './time-limit.ts'

/** How long a call may take, and what happens then. */
export interface TimeoutOptions {
  /** The limit, or how to find it for each attempt in milliseconds. */
  readonly after: Duration | ((attempt: { readonly attempt: number }) => number)
  /**
   * `'abandoning'`: aborts the signal and waits no longer. `'cooperative'`: aborts the signal and waits for the function to
   * stop by itself. Default: `'abandoning'`.
   */
  readonly mode?: 'abandoning' | 'cooperative'
  /**
   * How long abandoned work keeps its permits at most, if it does not stop before: until then it uses the dependency.
   * Default: `'30s'`.
   */
  readonly abandonedHold?: Duration
  readonly name?: string
}

interface Settings extends Overdue {
  readonly afterMs: number | ((attempt: { readonly attempt: number }) => number)
}

/**
 * Limits how long everything inside it may take: the whole call when it stands outside a retry, each attempt when inside.
 * Fails with `TIMED_OUT`, which counts against the dependency; what never got to call the function counts against nobody.
 *
 * @example
 * timeout('2s')
 * timeout({ after: ({ attempt }) => attempt * 5_000, mode: 'cooperative' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function timeout(limit: Duration | TimeoutOptions): Policy {
  const given = typeof limit === 'object' ? limit : { after: limit }
  const options = settings(given)
  return {
    kind: 'timeout',
    name: given.name,
    options,
    strategy: (site) => new Timeout(options, site),
    advise: (name, inside) => idleTimeout(name, options.afterMs, inside),
  }
}

function settings(given: TimeoutOptions): Settings {
  return settingsOf<Settings>('timeout', given, {
    afterMs: after,
    mode: oneOf('abandoning', 'cooperative'),
    abandonedHoldMs: duration('30s'),
  })
}

const after: Check<Settings['afterMs']> = (option, given) =>
  typeof given === 'function' ? (given as Settings['afterMs']) : span()(option, given)

class Timeout extends TimeLimit {
  #settings: Settings

  constructor(options: Settings, site: Site) {
    super(site)
    this.#settings = options
  }

  update(options: Partial<TimeoutOptions>): void {
    const { afterMs, mode, abandonedHoldMs } = this.#settings
    this.#settings = settings({ after: afterMs, mode, abandonedHold: abandonedHoldMs, ...options })
  }

  state(): { readonly fired: number } {
    return { fired: this.fired }
  }

  check(): void {}

  protected get overdue(): Overdue {
    return this.#settings
  }

  protected limitMs(scope: Scope): number {
    const { afterMs } = this.#settings
    if (typeof afterMs === 'number') return afterMs
    const asked = afterMs({ attempt: scope.attempt })
    if (!(asked > 0)) throw invalidOption('after', asked, 'a function that returns milliseconds above 0')
    return asked
  }

  protected ended(): void {}
}
