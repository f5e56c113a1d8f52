import { postgres } from './postgres.ts'
import { redis } from './redis.ts'
import type { Service } from './service.ts'

/** Every service that the adapters can be run against. */
export const SERVICES: readonly Service[] = [redis, postgres]

/** @throws Error that names the services there are. */
export function serviceNamed(name: string): Service {
  const service = SERVICES.find((one) => one.name === name)
  if (service !== undefined) return service
  throw new Error(`there is no service ${name}: there is ${SERVICES.map((one) => one.name).join(', ')}`)
}
