import { systemRuntime } from 'watertight'
import type { Store } from 'watertight/store'
import { type HttpClient, httpClient } from '../http/client.ts'
import { type Dependency, dependencyOf } from '../http/dependency.ts'
import { type Callee, roleOf } from '../protection/protection.ts'
import { pipelinesOf } from '../protection/pipelines.ts'
import { protections } from '../protection/protections.ts'
import { LOOPBACK, type ProcessConfig } from './config.ts'
import { faultSwitch } from './faults.ts'
import type { ServiceSnapshot } from './messages.ts'
import type { Service, ServiceContext } from './service.ts'
import { shellServer, type Traffic } from './shell.ts'
import { shopStores } from './shop-stores.ts'
import { services } from './services.ts'
import type { Faults } from '../contract/faults.ts'

/** A process of the shop, running: the same whether it has a process of its own or, in a test, shares one. */
export interface ShopProcess {
  readonly port: number
  faults(faults: Faults): void
  snapshot(): ServiceSnapshot
  /** HTTP first, then background work, then clients and the database. Idempotent. */
  stop(drainMs: number): Promise<void>
}

/**
 * Starts one role of the shop in this process, listening on its port of the loopback address.
 *
 * Rejects when the port is in use, the data folder cannot be written or the database is broken; nothing is left open then.
 */
export async function startProcess(config: ProcessConfig): Promise<ShopProcess> {
  const runtime = systemRuntime
  const protection = protections[config.protection]
  const pipeline = pipelinesOf(protection)
  const faults = faultSwitch(config.role, config.seed)
  const refused: Record<string, number> = {}
  const dependencies = new Map<Callee, Dependency>()
  const clients: HttpClient[] = []
  let store: Store | undefined

  const context: ServiceContext = {
    config,
    runtime,
    protection,
    faults,
    async openStore() {
      store ??= await shopStores(config.dataFolder).open(config.role, runtime)
      return store
    },
    dependency(name) {
      let dependency = dependencies.get(name)
      if (dependency === undefined) {
        const client = httpClient(name, config.ports[roleOf(name)], runtime)
        clients.push(client)
        dependency = dependencyOf(client, pipeline(name))
        dependencies.set(name, dependency)
      }
      return dependency
    },
    refused(code) {
      refused[code] = (refused[code] ?? 0) + 1
    },
  }

  const traffic: Traffic = { inFlight: 0 }
  const app = shellServer(runtime, faults, traffic)
  const letGo = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()))
    await store?.close()
  }
  let service: Service | undefined
  try {
    const start = await services[config.role]()
    const running = await start(context)
    service = running
    running.routes(app)
    await app.listen({ host: LOOPBACK, port: config.ports[config.role] })
    let stopped: Promise<void> | undefined
    return {
      port: config.ports[config.role],
      faults: (next) => faults.set(next),
      snapshot: () => ({
        inFlight: traffic.inFlight,
        injected: faults.injected,
        refused,
        pipelines: Object.fromEntries([...dependencies].map(([name, { pipeline: own }]) => [name, own.state()])),
        ...running.snapshot?.(),
      }),
      stop(drainMs) {
        stopped ??= (async () => {
          const drained = app.close()
          const late = new Promise<void>((resolve) => {
            runtime.timer(drainMs, resolve, false)
          })
          await Promise.race([drained, late])
          app.server.closeAllConnections()
          await running.close?.(drainMs)
          await drained
          await letGo()
        })()
        return stopped
      },
    }
  } catch (error) {
    await app.close()
    await service?.close?.(0)
    await letGo()
    throw error
  }
}
