import type { LivePipeline, Pipeline } from 'watertight'
import { directScope, type Simulation } from 'watertight/simulation'
import type { Role } from '../process/roles.ts'
import { pipelinesOf } from '../protection/pipelines.ts'
import { type Callee, type Protection, roleOf } from '../protection/protection.ts'
import type { ShopProcess } from './shop-process.ts'

/** What a call is about. */
export interface About {
  /** The key of its draws. */
  readonly id: number
  /** What its answer may be kept under. */
  readonly key?: string
}

/** How one simulated process calls the others: through pipelines of its own, as the real one does. */
export class Calls {
  readonly #sim: Simulation
  readonly #definitions: (callee: Callee) => Pipeline
  readonly #processOf: (role: Role) => ShopProcess
  readonly #live = new Map<Pipeline, LivePipeline>()

  constructor(
    sim: Simulation,
    protection: Protection,
    { caller, callees }: { readonly caller: Role; readonly callees: readonly Callee[] },
    processOf: (role: Role) => ShopProcess,
  ) {
    this.#sim = sim
    this.#definitions = pipelinesOf(protection)
    this.#processOf = processOf
    for (const definition of new Set(callees.map(this.#definitions))) {
      this.#live.set(definition, sim.pipeline(definition, { as: `${caller} to ${definition.name}` }))
    }
  }

  /** The pipeline of a callee, for a step of a saga to go through. */
  via(callee: Callee): Pipeline {
    return this.#definitions(callee)
  }

  /** Asks a process through the callee's pipeline; `work` is what it does beside its thread. */
  ask<T>(callee: Callee, about: About, work: () => Promise<T>): Promise<T> {
    return this.#liveOf(callee).run((scope) => this.#processOf(roleOf(callee)).serve(scope, work), about)
  }

  /** Asks a process directly, for a step that has gone through the pipeline; `attempt` has draws of its own. */
  direct<T>(callee: Callee, id: number, attempt: number, work: () => Promise<T>): Promise<T> {
    return this.#processOf(roleOf(callee)).serve(directScope(this.#sim.runtime, { id, attempt }), work)
  }

  #liveOf(callee: Callee): LivePipeline {
    const live = this.#live.get(this.#definitions(callee))
    if (live === undefined) throw new RangeError(`nothing was said of calls to ${callee}`)
    return live
  }
}
