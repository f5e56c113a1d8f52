import { connect } from 'node:net'
import type { Check, Finding } from './check.ts'

interface Service {
  readonly variable: string
  readonly port: number
  readonly hint: string
}

const SERVICES: readonly Service[] = [
  { variable: 'DATABASE_URL', port: 5_432, hint: 'start PostgreSQL there, or correct DATABASE_URL' },
  { variable: 'REDIS_URL', port: 6_379, hint: 'start Redis there, or correct REDIS_URL' },
  { variable: 'KAFKA_BROKERS', port: 9_092, hint: 'start Kafka there, or correct KAFKA_BROKERS' },
]

/** An address of a service, without what nobody else should see of it. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The services that the environment names: whether something takes connections there. Nothing is sent. */
export const checkServices: Check = async ({ environment, limitMs }) => {
  const found = SERVICES.map(async ({ variable, port, hint }): Promise<readonly Finding[]> => {
    const value = environment[variable]
    if (value === undefined || value === '') return [{ check: variable, status: 'skipped', found: 'not set' }]
    const addresses = addressesOf(value, port)
    if (addresses === undefined) {
      return [{ check: variable, status: 'failed', found: 'is no address', hint: `write ${example(variable, port)}` }]
    }
    return Promise.all(addresses.map((address) => reach(variable, address, limitMs, hint)))
  })
  return (await Promise.all(found)).flat()
}

/** The hosts and ports in a URL, or in a list `host:port,host:port`; undefined when it is neither. */
export function addressesOf(value: string, defaultPort: number): readonly Address[] | undefined {
  const addresses = value.split(',').map((part) => {
    const text = part.trim().includes('://') ? part.trim() : `tcp://${part.trim()}`
    const url = URL.parse(text)
    if (url === null || url.hostname === '') return undefined
    return { host: url.hostname.replaceAll(/^\[|\]$/g, ''), port: url.port === '' ? defaultPort : Number(url.port) }
  })
  return addresses.every((address) => address !== undefined) ? addresses : undefined
}

function reach(check: string, { host, port }: Address, limitMs: number, hint: string): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>()
  const where = `${host}:${port}`
  const socket = connect({ host, port })
  const end = (finding: Finding): void => {
    socket.destroy()
    resolve(finding)
  }
  socket.setTimeout(limitMs, () =>
    end({ check, status: 'failed', found: `${where} does not answer within ${limitMs} ms`, hint }),
  )
  socket.once('connect', () => end({ check, status: 'ok', found: `${where} takes connections` }))
  socket.once('error', (error: NodeJS.ErrnoException) =>
    end({ check, status: 'failed', found: `${where}: ${error.code ?? error.message}`, hint }),
  )
  return promise
}

function example(variable: string, port: number): string {
  return variable === 'KAFKA_BROKERS'
    ? `host:${port},host:${port}`
    : `a URL such as ${variable === 'REDIS_URL' ? 'redis' : 'postgres'}://host:${port}`
}
