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
  readonly #caller: Role
  readonly #definitions: (callee: Callee) => Pipeline
  readonly #processOf: (role: Role) => ShopProcess
  readonly #live = new Map<Pipeline, LivePipeline>()

  constructor(sim: Simulation, caller: Role, protection: Protection, processOf: (role: Role) => ShopProcess) {
    this.#sim = sim
    this.#caller = caller
    this.#definitions = pipelinesOf(protection)
    this.#processOf = processOf
  }

  /** The pipeline of a callee, for a step of a saga to go through. */
  via(callee: Callee): Pipeline {
    this.#liveOf(callee)
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
    const definition = this.#definitions(callee)
    const known = this.#live.get(definition)
    if (known !== undefined) return known
    const made = this.#sim.pipeline(definition, { as: `${this.#caller} to ${definition.name}` })
    this.#live.set(definition, made)
    return made
  }
}
