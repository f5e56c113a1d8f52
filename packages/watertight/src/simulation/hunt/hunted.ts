import type { Duration } from '../../runtime/duration.ts'
import { toMilliseconds } from '../../runtime/duration.ts'
import { refuseUnknown, requireText } from '../../runtime/option.ts'
import type { HuntWorld } from './hunt-world.ts'

export interface HuntedOptions {
  /** How long things go wrong, in virtual time. Default `20s`. */
  readonly trouble?: Duration
  /** How long the system may take to come to rest when nothing goes wrong any more. Default `5m`. */
  readonly recovery?: Duration
}

/** A system to hunt in: how it is built, what its clients want, and what must hold. */
export interface Hunted {
  readonly name: string
  readonly troubleMs: number
  readonly recoveryMs: number
  build(world: HuntWorld): void | Promise<void>
}

/**
 * Describes a system to hunt in. `build` is called once for each seed, in a new world each time.
 *
 * @example
 * const orders = hunted('orders', {}, (world) => {
 *   const database = world.database('orders')
 *   const bank = new Bank()
 *   const payments = world.service('payments', { charge: (key: string) => bank.charge(key) })
 *   const workers = [1, 2].map((n) => world.process(`worker-${n}`, (p) =>
 *     sagaEngine({ store: p.store(database), runtime: p.runtime, sagas: [checkout(p.service(payments))] })))
 *   world.always('nobody pays twice', () => bank.paidTwice())
 * })
 * const report = await hunt(orders, { seeds: 1_000 })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function hunted(
  name: string,
  options: HuntedOptions,
  build: (world: HuntWorld) => void | Promise<void>,
): Hunted {
  refuseUnknown('hunted', options, ['trouble', 'recovery'])
  return {
    name: requireText('name', name),
    troubleMs: toMilliseconds('trouble', options.trouble ?? '20s'),
    recoveryMs: toMilliseconds('recovery', options.recovery ?? '5m'),
    build,
  }
}
