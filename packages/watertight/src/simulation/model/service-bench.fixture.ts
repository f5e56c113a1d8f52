import { CancelSource } from '../../runtime/cancellation.ts'
import { World } from '../kernel/world.ts'
import { constant } from './laws.ts'
import { directScope } from './request-scope.ts'
import { ServiceModel } from './service-model.ts'
import type { ServiceOptions } from './service-options.ts'

/** A service on a world of its own, and what its callers are answered. */
export interface ServiceBench {
  readonly world: World
  readonly service: ServiceModel
  /** `id at time`, or `id code at time`, in the order of the answers. */
  readonly log: string[]
  /** Sends request `id`, at an instant. */
  readonly send: (id: number, atMs?: number, deadline?: number) => CancelSource
}

export const setUpService = (options: Partial<ServiceOptions> = {}, seed = 7): ServiceBench => {
  const world = new World({ seed })
  const service = new ServiceModel(world, 'payment', { pool: 1, serviceTime: constant(10), ...options })
  const log: string[] = []
  const send: ServiceBench['send'] = (id, atMs = world.now(), deadline = Infinity) => {
    const cancel = new CancelSource()
    world.schedule(atMs, () => {
      service.request(directScope(world, { id, cancel, deadline })).then(
        () => log.push(`${id} at ${world.now()}`),
        (error: { code: string }) => log.push(`${id} ${error.code} at ${world.now()}`),
      )
    })
    return cancel
  }
  return { world, service, log, send }
}

export const sendAll = (bench: ServiceBench, count: number, atMs = 0): void => {
  for (let id = 1; id <= count; id++) bench.send(id, atMs)
}
