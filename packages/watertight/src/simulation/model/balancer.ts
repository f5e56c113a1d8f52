import type { World } from '../kernel/world.ts'
import { drawPath, type RequestScope } from './request-scope.ts'
import type { ServiceInstance } from './service-instance.ts'
import type { Balancing } from './service-options.ts'

/** Chooses the instance for a request, among those that are up. */
export class Balancer {
  readonly #world: World
  readonly #stream: string
  readonly #by: Balancing
  readonly #instances: readonly ServiceInstance[]
  #next = 0

  constructor(world: World, service: string, by: Balancing, instances: readonly ServiceInstance[]) {
    this.#world = world
    this.#stream = `instance of ${service}`
    this.#by = by
    this.#instances = instances
  }

  /** Undefined: none is up. */
  choose(scope: RequestScope): ServiceInstance | undefined {
    switch (this.#by) {
      case 'round-robin':
        return this.#inTurn()
      case 'least-requests':
        return this.#leastBusy()
      case 'random':
        return this.#drawn(this.#up(), scope, '')
      case 'two-choices': {
        const up = this.#up()
        const first = this.#drawn(up, scope, '')
        const second = this.#drawn(
          up.filter((one) => one !== first),
          scope,
          ', second',
        )
        return second !== undefined && first !== undefined && second.size < first.size ? second : first
      }
    }
  }

  #up(): readonly ServiceInstance[] {
    return this.#instances.filter(({ up }) => up)
  }

  #inTurn(): ServiceInstance | undefined {
    const { length } = this.#instances
    for (let tried = 0; tried < length; tried++) {
      const instance = this.#instances[this.#next]
      this.#next = (this.#next + 1) % length
      if (instance?.up === true) return instance
    }
    return undefined
  }

  #leastBusy(): ServiceInstance | undefined {
    let least: ServiceInstance | undefined
    for (const instance of this.#instances) {
      if (instance.up && (least === undefined || instance.size < least.size)) least = instance
    }
    return least
  }

  #drawn(among: readonly ServiceInstance[], scope: RequestScope, which: string): ServiceInstance | undefined {
    const draw = this.#world.random(`${this.#stream}${which}`, scope.call.id, drawPath(scope))
    return among[Math.floor(draw * among.length)]
  }
}
