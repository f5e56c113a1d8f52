import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { LOOPBACK } from '../process/config.ts'
import { ROLES, type Role } from '../process/roles.ts'
import { EXIT, PlainFailure } from './plain-failure.ts'

// Below the range that systems draw the ports of outgoing connections from: while a killed process is down, none of the
// thousands of client connections may come to sit on its port.
const LOWEST = 18_000
const HIGHEST = 29_000
const TRIES = 50
const LAST_PORT = 65_535

/**
 * A port for every process: `base`, `base + 1` … in the order of {@link ROLES}, or a free block of the machine's.
 *
 * @throws PlainFailure (exit code 1) when a port from `base` on is in use.
 */
export async function choosePorts(base?: number): Promise<Readonly<Record<Role, number>>> {
  if (base !== undefined) {
    const taken = await firstTaken(base)
    if (taken !== undefined)
      throw new PlainFailure(
        `port ${taken} is in use: the shop takes ${ROLES.length} ports from --port ${base} on; give another base, or none for free ones`,
        EXIT.failed,
      )
    return portsFrom(base)
  }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const start = randomInt(LOWEST, HIGHEST)
    if ((await firstTaken(start)) === undefined) return portsFrom(start)
  }
  throw new PlainFailure(`no ${ROLES.length} free ports in a row between ${LOWEST} and ${HIGHEST}`, EXIT.failed)
}

/** The highest base that leaves room for all processes. */
export const HIGHEST_BASE: number = LAST_PORT - ROLES.length + 1

function portsFrom(base: number): Readonly<Record<Role, number>> {
  return Object.fromEntries(ROLES.map((role, index) => [role, base + index])) as Record<Role, number>
}

async function firstTaken(base: number): Promise<number | undefined> {
  const ports = ROLES.map((_, index) => base + index)
  const free = await Promise.all(ports.map((port) => isFree(port)))
  return ports[free.indexOf(false)]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)))
  })
}
