import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, fetch, type Headers } from 'undici'
import type { ProcessConfig, ProtectionName } from '../process/config.ts'
import { type ShopProcess, startProcess } from '../process/process.ts'
import { ROLES, type Role } from '../process/roles.ts'
import { freePorts } from './free-ports.ts'
import { type JsonPeer, jsonPeer, type PeerHandler } from './json-peer.ts'

export interface TestReply {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

interface TestRequest {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Some processes of the shop, for real but inside this one: real ports, real databases in a folder of their own; and tiny
 * servers for peers whose part is to misbehave.
 *
 * @example
 * await using shop = await testShop()
 * await shop.start('payments')
 * const reply = await shop.request('payments', 'GET', '/payments/unknown')
 */
export interface TestShop extends AsyncDisposable {
  readonly dataFolder: string
  /** What a process of this role is told at its start. */
  config(role: Role): ProcessConfig
  start(role: Role): Promise<ShopProcess>
  /** Stops a role that was started, so that it can be started again on the same port and database. */
  stop(role: Role): Promise<void>
  /** Puts a tiny server in the place of a role. */
  peer(role: Role, handler: PeerHandler): Promise<JsonPeer>
  request(role: Role, method: string, path: string, request?: TestRequest): Promise<TestReply>
}

export async function testShop(options: { protection?: ProtectionName; seed?: number } = {}): Promise<TestShop> {
  const { protection = 'protected', seed = 1 } = options
  const dataFolder = await mkdtemp(join(tmpdir(), 'watertight-shop-test-'))
  const free = await freePorts(ROLES.length)
  const ports = Object.fromEntries(ROLES.map((role, index) => [role, free[index]])) as Record<Role, number>
  // No connection is kept: one of before a restart would be found broken by the first request after it.
  const dispatcher = new Agent({ pipelining: 0 })
  const running = new Map<Role, { stop(): Promise<void> }>()
  const config = (role: Role): ProcessConfig => ({ role, ports, dataFolder, protection, seed })
  const stop = async (role: Role): Promise<void> => {
    await running.get(role)?.stop()
    running.delete(role)
  }

  return {
    dataFolder,
    config,
    stop,
    async start(role) {
      const process = await startProcess(config(role))
      running.set(role, { stop: () => process.stop(1000) })
      return process
    },
    async peer(role, handler) {
      const peer = await jsonPeer(ports[role], handler)
      running.set(role, peer)
      return peer
    },
    async request(role, method, path, { body, headers } = {}) {
      const response = await fetch(`http://127.0.0.1:${ports[role]}${path}`, {
        dispatcher,
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
      return { status: response.status, body: isJson ? JSON.parse(text) : text || undefined, headers: response.headers }
    },
    async [Symbol.asyncDispose]() {
      // Callers before callees, the reverse of how the shop is started.
      for (const role of ROLES.toReversed()) await stop(role)
      await dispatcher.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
