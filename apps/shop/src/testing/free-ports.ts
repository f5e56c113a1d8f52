import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { LOOPBACK } from '../process/config.ts'

/** Ports of the loopback address that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, LOOPBACK))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
