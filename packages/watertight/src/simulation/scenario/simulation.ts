import type { LivePipeline, Pipeline } from '../../resilience/index.ts'
import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { WatertightError } from '../../runtime/error.ts'
import { invalidOption, refuseUnknown, requirePositiveInteger, requireText } from '../../runtime/option.ts'
import type { World } from '../kernel/world.ts'
import type { Arrivals } from '../model/arrivals.ts'
import type { Law } from '../model/law.ts'
import type { ServiceModel } from '../model/service-model.ts'
import type { ServiceOptions } from '../model/service-options.ts'
import type { Cast, Handler } from './cast.ts'
import { Plan } from './plan.ts'
import { ObservedService } from './record/observed-service.ts'

/** How the requests of a route come in. */
export interface RouteOptions {
  /** When they are due. */
  readonly rate: Arrivals
  /** The deadline that each request brings along, counted from the instant when it is due. Default: none. */
  readonly within?: Duration
}

/** Clients that wait for an answer before they ask again. */
export interface ClientsOptions {
  readonly clients: number
  /** How long each of them thinks before a request. */
  readonly thinkTime: Law
  /** The time in which they come, one after the other. Default: 0, all at once. */
  readonly over?: Duration
  /** The deadline that each request brings along. Default: none. */
  readonly within?: Duration
}

/** Something that goes wrong for a while, and is healed. */
export interface FaultOptions {
  readonly target: string
  readonly at: Duration
  readonly until: Duration
  readonly begin: () => void
  readonly heal: () => void
}

/**
 * The stage of one run: what the function of a scenario is given. It puts up services, pipelines and loads, says what goes wrong and
 * when, and returns {@link until}. Everything here belongs to this run alone.
 */
export class Simulation {
  /** Put pipelines, stores and sagas on it: their time, chance and timers are those of the run. */
  readonly runtime: World
  readonly seed: number | string
  /** All loads come at this multiple of their rates. */
  readonly rateFactor: number
  /** Not for scenarios: what the run is made from. */
  readonly cast: Cast = {
    services: new Map(),
    pipelines: new Map(),
    loads: new Map(),
    phases: [],
    faults: [],
    invariants: new Map(),
    sometimes: new Map(),
  }

  #begun = false

  constructor(runtime: World, seed: number | string, rateFactor: number) {
    this.runtime = runtime
    this.seed = seed
    this.rateFactor = rateFactor
  }

  /** A modelled service, whose gauges and counters are recorded. @throws WatertightError `INVALID_OPTION` */
  service(name: string, options: ServiceOptions): ServiceModel {
    const service = new ObservedService(this.runtime, name, options)
    this.#add(this.cast.services, 'service', name, service)
    return service
  }

  /**
   * The live pipeline of this run, whose breakers, limits, budgets and refusals are recorded under its name, or under `as` where
   * several processes have one of that name. `definition.on(sim.runtime)` is the same pipeline, unrecorded.
   *
   * @throws WatertightError `INVALID_OPTION` when the name is taken.
   */
  pipeline<Adds>(
    definition: Pipeline<Adds>,
    { as = definition.name }: { readonly as?: string } = {},
  ): LivePipeline<Adds> {
    const live = definition.on(this.runtime)
    this.#add(this.cast.pipelines, 'pipeline', as, { live, definition })
    return live
  }

  /**
   * Requests of one route, in an open loop: they come when they are due, whoever still waits for an answer. Latency is measured
   * from then. Hand the call on to the pipeline, so that two configurations draw the same chances for the same request.
   *
   * @example
   * sim.load('order', { rate: poisson({ rate: 1_000 }) }, (call) => payments.run((scope) => payment.request(scope), call))
   *
   * @throws WatertightError `INVALID_OPTION`
   */
  load(route: string, options: RouteOptions, handler: Handler): void {
    refuseUnknown(`load ${route}`, options, ['rate', 'within'])
    if (typeof handler !== 'function') throw invalidOption(`handler of ${route}`, handler, 'a function of the call')
    if (typeof options.rate?.scaled !== 'function') {
      throw invalidOption('rate', options.rate, 'a course of arrivals, such as poisson({ rate: 100 }) or replayCsv(…)')
    }
    const withinMs = toMilliseconds('within', options.within ?? Infinity, { infinite: true, positive: true })
    this.#add(this.cast.loads, 'route', route, { source: options.rate.scaled(this.rateFactor), withinMs, handler })
  }

  /**
   * Requests of one route by clients that wait for an answer before they think and ask again: a closed loop, whose load falls when
   * answers take longer, which that of {@link load} never does.
   *
   * @example
   * sim.clients('browse', { clients: 200, thinkTime: exponential({ mean: '7s' }) }, (call) => browsing.run(look, call))
   *
   * @throws WatertightError `INVALID_OPTION`
   */
  clients(route: string, options: ClientsOptions, handler: Handler): void {
    refuseUnknown(`clients of ${route}`, options, ['clients', 'thinkTime', 'over', 'within'])
    if (typeof handler !== 'function') throw invalidOption(`handler of ${route}`, handler, 'a function of the call')
    const clients = Math.max(1, Math.round(requirePositiveInteger('clients', options.clients) * this.rateFactor))
    const { thinkTime } = options
    const overMs = toMilliseconds('over', options.over ?? 0)
    const withinMs = toMilliseconds('within', options.within ?? Infinity, { infinite: true, positive: true })
    this.#add(this.cast.loads, 'route', route, { source: { clients, thinkTime, overMs }, withinMs, handler })
  }

  /** Does something at an instant, and marks it in the record. @throws WatertightError `INVALID_OPTION` */
  at(instant: Duration, what: string, happen: () => void, target = ''): void {
    const atMs = toMilliseconds('at', instant)
    this.cast.faults.push({ atMs, what, target })
    this.runtime.schedule(atMs, happen)
  }

  /**
   * Does something bad at one instant and heals it at another: a run that does not recover after everything is healed has failed.
   *
   * @throws WatertightError `INVALID_OPTION`
   */
  fault(what: string, { target, at, until, begin, heal }: FaultOptions): void {
    const [atMs, untilMs] = [toMilliseconds('at', at), toMilliseconds('until', until)]
    if (untilMs <= atMs) throw invalidOption('until', until, `after ${at}, when ${what} begins`)
    this.cast.faults.push({ atMs, untilMs, what, target })
    this.runtime.schedule(atMs, begin)
    this.runtime.schedule(untilMs, heal)
  }

  /** Names a stretch of the run, for verdicts and reports. @throws WatertightError `INVALID_OPTION` */
  phase(name: string, from: Duration, to: Duration): void {
    const [fromMs, toMs] = [toMilliseconds('from', from), toMilliseconds('to', to)]
    if (toMs <= fromMs) throw invalidOption('to', to, `after ${from}, when phase ${name} begins`)
    if (this.cast.phases.some((phase) => phase.name === name)) throw twice('phase', name)
    this.cast.phases.push({ name: requireText('name', name), fromMs, toMs })
  }

  /** Something that must be true all the time: looked at after each step and at the end. A run that breaks it has failed. */
  always(name: string, holds: () => boolean): void {
    this.#add(this.cast.invariants, 'invariant', name, holds)
  }

  /**
   * Something that must happen at least once, or the run proves nothing about it: call the returned function where it does.
   *
   * @example
   * const ranDry = sim.sometimes('the pool runs dry')
   * // later, where it shows
   * ranDry(payment.gauges.queued > 0)
   */
  sometimes(name: string): (happened?: boolean) => void {
    const { sometimes } = this.cast
    this.#add(sometimes, 'sometimes', name, 0)
    return (happened = true) => {
      if (happened) sometimes.set(name, (sometimes.get(name) as number) + 1)
    }
  }

  /** Not for scenarios: the run begins, and all that is to be recorded has been said. */
  begin(): Cast {
    this.#begun = true
    return this.cast
  }

  /** When the run ends. What the function of a scenario returns, with its expectations. @throws WatertightError `INVALID_OPTION` */
  until(end: Duration): Plan {
    return new Plan(toMilliseconds('until', end, { positive: true }))
  }

  #add<T>(to: Map<string, T>, what: string, name: string, value: T): void {
    requireText(`the name of a ${what}`, name)
    if (this.#begun) {
      throw new WatertightError(
        'INVALID_OPTION',
        `${what} '${name}' must be made in the function of the scenario itself: once the run has begun, it would not be recorded`,
      )
    }
    if (to.has(name)) throw twice(what, name)
    to.set(name, value)
  }
}

function twice(what: string, name: string): WatertightError {
  return new WatertightError('INVALID_OPTION', `there are two of ${what} '${name}': each name must be its own`)
}
