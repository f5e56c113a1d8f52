import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, refuseUnknown, requirePositiveInteger, requireText } from '../../runtime/option.ts'
import type { World } from '../kernel/world.ts'
import { KeyedDraws } from './keyed-draws.ts'
import type { Law } from './law.ts'
import { requireLaw } from './service-options.ts'

/** One request of a closed client. */
export interface ClientCall {
  /** Unlike that of all other calls of these clients: the key of its draws. */
  readonly id: number
  /** Which client makes it, from 0. */
  readonly client: number
  /** How many it has made before. */
  readonly round: number
}

/** Clients that wait for an answer before they ask again. */
export interface ClosedClientsOptions {
  readonly clients: number
  /** How long a client thinks before each request. */
  readonly thinkTime: Law
  /** Makes one request. That it fails is no reason to stop: the client thinks, and asks again. */
  readonly run: (call: ClientCall) => Promise<unknown>
  /** The time in which clients come, one after the other. Default: 0, all at once. */
  readonly over?: Duration
  /** Requests that each client makes. Default: any number, until {@link ClosedClients.stop}. */
  readonly rounds?: number
}

/**
 * Clients that think, ask, and wait for the answer: the load falls when answers take longer, which open arrivals never do. The
 * difference decides whether an overload feeds itself.
 *
 * @example
 * const shoppers = new ClosedClients(world, 'shoppers', {
 *   clients: 200, thinkTime: exponential({ mean: '7s' }), run: (call) => browse.run((scope) => catalogue.request(scope), call),
 * })
 * shoppers.start()
 */
export class ClosedClients {
  readonly name: string
  readonly counters: { succeeded: number; failed: number } = { succeeded: 0, failed: 0 }
  readonly #world: World
  readonly #clients: number
  readonly #thinkTime: Law
  readonly #run: (call: ClientCall) => Promise<unknown>
  readonly #overMs: number
  readonly #rounds: number
  readonly #draws: KeyedDraws
  #started = false
  #stopped = false
  #waiting = 0

  /** @throws WatertightError `INVALID_OPTION` */
  constructor(world: World, name: string, options: ClosedClientsOptions) {
    refuseUnknown('closed clients', options, ['clients', 'thinkTime', 'run', 'over', 'rounds'])
    this.name = requireText('name', name)
    this.#world = world
    this.#clients = requirePositiveInteger('clients', options.clients)
    this.#thinkTime = requireLaw('thinkTime', options.thinkTime)
    if (typeof options.run !== 'function') throw invalidOption('run', options.run, 'a function that makes one request')
    this.#run = options.run
    this.#overMs = toMilliseconds('over', options.over ?? 0)
    this.#rounds = options.rounds === undefined ? Infinity : requirePositiveInteger('rounds', options.rounds)
    this.#draws = new KeyedDraws(world, `think time of ${name}`)
  }

  /** Clients that wait for an answer. */
  get waiting(): number {
    return this.#waiting
  }

  /** Lets the clients come. Again: nothing. */
  start(): void {
    if (this.#started) return
    this.#started = true
    for (let client = 0; client < this.#clients; client++) {
      this.#think(client, 0, (client / this.#clients) * this.#overMs)
    }
  }

  /** No client asks again. Who waits for an answer still gets it. */
  stop(): void {
    this.#stopped = true
  }

  #think(client: number, round: number, extraMs: number): void {
    if (round === this.#rounds) return
    const thinkMs = this.#thinkTime.sample(this.#draws.of(round, client))
    this.#world.schedule(this.#world.now() + extraMs + thinkMs, () => {
      if (!this.#stopped) void this.#ask(client, round)
    })
  }

  async #ask(client: number, round: number): Promise<void> {
    this.#waiting++
    try {
      await this.#run({ id: round * this.#clients + client, client, round })
      this.counters.succeeded++
    } catch {
      this.counters.failed++
    }
    this.#waiting--
    this.#think(client, round + 1, 0)
  }
}
