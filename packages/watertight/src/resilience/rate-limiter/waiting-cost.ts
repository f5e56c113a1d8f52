import { PRIORITY_LEVELS } from '../call.ts'
import { Waiter } from '../bulkhead/waiter.ts'

/** A call that waits until a limit has its cost to give. */
export class CostlyWaiter extends Waiter {
  readonly cost: number

  constructor(priority: number, cost: number) {
    super(priority)
    this.cost = cost
  }
}

/** What all those who wait will take together, by priority. */
export class WaitingCost {
  readonly #levels = new Float64Array(PRIORITY_LEVELS)

  add({ priority, cost }: CostlyWaiter): void {
    this.#levels[priority] = (this.#levels[priority] as number) + cost
  }

  remove({ priority, cost }: CostlyWaiter): void {
    this.#levels[priority] = (this.#levels[priority] as number) - cost
  }

  /** What comes before a further call of this priority. */
  ahead(priority: number): number {
    let cost = 0
    for (let level = priority; level < PRIORITY_LEVELS; level++) cost += this.#levels[level] as number
    return cost
  }
}
