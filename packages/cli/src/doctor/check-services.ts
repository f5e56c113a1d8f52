import { connect } from 'node:net'
import type { Check, Finding } from './check.ts'

interface Service {
  readonly name: string
  readonly port: number
  readonly example: string
}

/** What the environment may name, by the variable that names it. */
const SERVICES: Readonly<Record<string, Service>> = {
  DATABASE_URL: { name: 'PostgreSQL', port: 5_432, example: 'postgres://host:5432/database' },
  REDIS_URL: { name: 'Redis', port: 6_379, example: 'redis://host:6379' },
  KAFKA_BROKERS: { name: 'Kafka', port: 9_092, example: 'host:9092,host:9092' },
}

/** An address of a service, without what nobody else should see of it. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The services that the environment names: whether something takes connections there. Nothing is sent. */
export const checkServices: Check = async ({ environment, limitMs }) => {
  const found = Object.entries(SERVICES).map(
    async ([variable, { name, port, example }]): Promise<readonly Finding[]> => {
      const value = environment[variable]
      if (value === undefined || value === '') return [{ check: variable, status: 'skipped', found: 'not set' }]
      const addresses = addressesOf(value, port)
      if (addresses === undefined) {
        return [{ check: variable, status: 'failed', found: 'is no address', hint: `write it as ${example}` }]
      }
      const hint = `start ${name} there, or correct ${variable}`
      return Promise.all(addresses.map((address) => reach(variable, address, limitMs, hint)))
    },
  )
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
