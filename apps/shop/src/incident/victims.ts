import { SERVICES, type ServiceName } from '../process/roles.ts'

/** How many services one seed kills, one after the other. */
export const KILLS_PER_SEED = 3

/** The services a seed kills: consecutive seeds go round all eight, so 3 seeds reach each once, and 20 each at least seven times. */
export function victimsOf(seed: number): readonly ServiceName[] {
  return Array.from({ length: KILLS_PER_SEED }, (_, index) => {
    const victim = SERVICES[(seed * KILLS_PER_SEED + index) % SERVICES.length]
    if (victim === undefined) throw new RangeError('there is no service to kill')
    return victim
  })
}
