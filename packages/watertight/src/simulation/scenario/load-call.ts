import type { RunOptions } from '../../resilience/index.ts'
import { nthOf as nthOfId, repeatedId } from '../model/call-id.ts'

/** One request of a load: hand it to the pipeline, so that its random draws are its own. */
export class LoadCall implements RunOptions {
  /** Tells all requests of a run apart. */
  readonly id: number
  /** The instant after which nobody wants the answer; undefined: there is none. */
  readonly deadline: number | undefined
  // Not a property like the others: a pipeline refuses what it does not know.
  readonly #dueAt: number

  constructor(id: number, dueAt: number, deadline: number | undefined) {
    this.id = id
    this.#dueAt = dueAt
    this.deadline = deadline
  }

  /** When the request was due. */
  get dueAt(): number {
    return this.#dueAt
  }
}

/** Which request of its route this is, from 1 on. */
export function nthOf({ id }: LoadCall): number {
  return nthOfId(id)
}

/**
 * The same request made for the `times`th time (0: the first) from above its pipeline, as a saga or a person does: it counts for
 * the same route, and has draws of its own, or what was slow once would be so for ever.
 *
 * @example
 * sim.load('order', { rate }, async (call) => {
 *   try {
 *     await paying.run((scope) => payment.request(scope), call)
 *   } catch {
 *     await paying.run((scope) => payment.request(scope), repeated(call, 1))
 *   }
 * })
 */
export function repeated(call: LoadCall, times: number): LoadCall {
  return new LoadCall(repeatedId(call.id, times), call.dueAt, call.deadline)
}
