import type { Scope } from '../../resilience/scope.ts'
import { CancelSource } from '../../runtime/cancellation.ts'
import { WatertightError } from '../../runtime/error.ts'
import { refuseUnknown, requireBetween, requireText } from '../../runtime/option.ts'
import type { World } from '../kernel/world.ts'
import { KeyedDraws } from './keyed-draws.ts'
import type { Law } from './law.ts'
import { constant } from './laws.ts'
import { drawPath, relayedScope } from './request-scope.ts'
import { requireLaw } from './service-options.ts'

/** How messages fare from one node to another. */
export interface LinkOptions {
  /** How long a message is under way. Default: no time. */
  readonly delay?: Law
  /** Share of messages that get lost, without anybody being told. Default: 0. */
  readonly loss?: number
  /** Share of requests that arrive twice. Default: 0. */
  readonly duplication?: number
}

/** What became of all messages, requests and answers alike. */
export interface NetworkCounters {
  sent: number
  lost: number
  duplicated: number
  /** Stopped by a partition. */
  cut: number
}

interface Link {
  readonly delay: Law
  readonly loss: number
  readonly duplication: number
}

/** Far from the paths of hedges. */
const DUPLICATE = 512

/**
 * A network between named nodes, which delays, loses and repeats messages, and falls apart. A lost message tells nobody: the
 * caller waits until a time limit ends its wait. What has been sent goes on when the caller gives up; the news of that travels
 * as well.
 *
 * @example
 * const network = new Network(world, { delay: lognormal({ mean: '1ms', cv: 0.5 }) })
 * network.link('orders', 'payment', { delay: constant('20ms'), loss: 0.001 })
 * payments.on(world).run((scope) => network.request('orders', 'payment', scope, (there) => payment.request(there)))
 * network.partition(['orders'], ['payment'])
 */
export class Network {
  readonly counters: NetworkCounters = { sent: 0, lost: 0, duplicated: 0, cut: 0 }
  readonly #world: World
  readonly #standard: Link
  readonly #links = new Map<string, Link>()
  readonly #draws = new Map<string, KeyedDraws>()
  readonly #cut = new Set<string>()

  /** @param standard what holds for links of which nothing else is said. @throws WatertightError `INVALID_OPTION` */
  constructor(world: World, standard: LinkOptions = {}) {
    this.#world = world
    this.#standard = checked(standard)
  }

  /** Says how messages fare from one node to another; the way back is another link. @throws WatertightError `INVALID_OPTION` */
  link(from: string, to: string, options: LinkOptions): void {
    this.#links.set(way(from, to), checked(options))
  }

  /** No message gets from any of these nodes to any of those, or back, until {@link heal}: also what is under way now. */
  partition(these: readonly string[], those: readonly string[]): void {
    for (const one of these) {
      for (const other of those) {
        this.cut(one, other)
        this.cut(other, one)
      }
    }
  }

  /** No message gets from one node to the other any more; the way back stays open. */
  cut(from: string, to: string): void {
    this.#cut.add(way(requireText('from', from), requireText('to', to)))
    this.#world.trace('cut', from, to)
  }

  /** All links carry messages again. */
  heal(): void {
    this.#cut.clear()
    this.#world.trace('heal')
  }

  /**
   * Sends a request from one node to another, where `serve` does the work, and brings back its answer.
   *
   * @throws what `serve` throws, a link's delay later; WatertightError `CANCELLED` as soon as the scope is cancelled (both are
   * rejections).
   */
  request<T>(from: string, to: string, scope: Scope, serve: (scope: Scope) => Promise<T>): Promise<T> {
    if (scope.cancel.cancelled) return Promise.reject(gaveUp(from, to))
    const answer = Promise.withResolvers<T>()
    const remote = new CancelSource((error) => this.#world.report(error))
    const arrivesAt = this.#request(from, to, scope, remote, serve, answer, '')
    if (this.#linkOf(from, to).duplication > 0) {
      const draw = this.#world.random(`${way(from, to)} duplication`, scope.call.id, drawPath(scope))
      if (draw < this.#linkOf(from, to).duplication) {
        this.counters.duplicated++
        this.#request(from, to, scope, remote, serve, answer, ' again')
      }
    }
    const stop = scope.cancel.onCancel(() => {
      this.#world.wake()
      answer.reject(gaveUp(from, to))
      // On the same connection: not before the request itself.
      const known = Math.max(arrivesAt, this.#world.now() + this.#delay(from, to, scope, ' cancel'))
      const { cause } = scope.cancel
      this.#world.schedule(known, () => {
        if (!this.#cut.has(way(from, to))) remote.cancel(cause ?? 'caller')
      })
    })
    answer.promise.then(stop, stop)
    return answer.promise
  }

  #request<T>(
    from: string,
    to: string,
    scope: Scope,
    remote: CancelSource,
    serve: (scope: Scope) => Promise<T>,
    answer: PromiseWithResolvers<T>,
    which: '' | ' again',
  ): number {
    const there = relayedScope(scope, remote, which === '' ? 0 : DUPLICATE)
    const back = (settle: () => void): void => void this.#message(to, from, scope, ` answer${which}`, settle)
    return this.#message(from, to, scope, which, () => {
      const served = async (): Promise<T> => await serve(there)
      served().then(
        (value) => back(() => answer.resolve(value)),
        (error: unknown) => back(() => answer.reject(error)),
      )
    })
  }

  /** Carries one message, or loses it. When it arrives, or would have. */
  #message(from: string, to: string, scope: Scope, which: string, arrive: () => void): number {
    this.counters.sent++
    const at = this.#world.now() + this.#delay(from, to, scope, which)
    const { loss } = this.#linkOf(from, to)
    const lost = loss > 0 && this.#world.random(`${way(from, to)} loss${which}`, scope.call.id, drawPath(scope)) < loss
    if (lost) this.counters.lost++
    else if (this.#cut.has(way(from, to))) this.counters.cut++
    else {
      this.#world.schedule(at, () => {
        if (this.#cut.has(way(from, to))) this.counters.cut++
        else arrive()
      })
    }
    return at
  }

  #delay(from: string, to: string, scope: Scope, which: string): number {
    const stream = `${way(from, to)}${which}`
    let draws = this.#draws.get(stream)
    if (draws === undefined) {
      draws = new KeyedDraws(this.#world, stream)
      this.#draws.set(stream, draws)
    }
    return this.#linkOf(from, to).delay.sample(draws.of(scope.call.id, drawPath(scope)))
  }

  #linkOf(from: string, to: string): Link {
    return this.#links.get(way(from, to)) ?? this.#standard
  }
}

function way(from: string, to: string): string {
  return `network:${from}>${to}`
}

function gaveUp(from: string, to: string): WatertightError {
  return WatertightError.withoutStack('CANCELLED', `${to}: the caller gave up`, { source: `${from} to ${to}` })
}

function checked(options: LinkOptions): Link {
  refuseUnknown('a link', options, ['delay', 'loss', 'duplication'])
  return {
    delay: requireLaw('delay', options.delay ?? constant(0)),
    loss: requireBetween('loss', options.loss ?? 0, 0, 1),
    duplication: requireBetween('duplication', options.duplication ?? 0, 0, 1),
  }
}
