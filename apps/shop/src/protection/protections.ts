import type { ProtectionName } from '../process/config.ts'
import { protectedShop } from './protected.ts'
import type { Protection } from './protection.ts'
import { unprotectedShop } from './unprotected.ts'

/** The two days the shop can live through: same programs, same schedule, another options object. */
export const protections: Readonly<Record<ProtectionName, Protection>> = {
  protected: protectedShop,
  unprotected: unprotectedShop,
}
