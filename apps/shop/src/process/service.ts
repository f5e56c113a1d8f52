import type { FastifyInstance } from 'fastify'
import type { Runtime } from 'watertight'
import type { Store } from 'watertight/store'
import type { Dependency } from '../http/dependency.ts'
import type { Callee, Protection } from '../protection/protection.ts'
import type { ProcessConfig } from './config.ts'
import type { FaultSwitch } from './faults.ts'
import type { ServiceSnapshot } from './messages.ts'

/** What the shell hands to a service at its start. */
export interface ServiceContext {
  readonly config: ProcessConfig
  readonly runtime: Runtime
  readonly protection: Protection
  readonly faults: FaultSwitch
  /** The process's own database, see `shopStores`. The shell closes it after the service. */
  openStore(): Promise<Store>
  /** What this service calls: an HTTP client behind the pipeline that the protection gives it. The same object for the same name. */
  dependency(name: Callee): Dependency
  /** Counts a local refusal by its code, for the snapshot. */
  refused(code: string): void
}

/** One running service, without its HTTP server: that belongs to the shell. */
export interface Service {
  routes(app: FastifyInstance): void
  /** What the snapshot shows beyond what the shell knows itself. */
  snapshot?(): Pick<ServiceSnapshot, 'sagas'>
  /** Stops background work within `drainMs`. HTTP is closed before, the store after. */
  close?(drainMs: number): Promise<void>
}

export type StartService = (context: ServiceContext) => Promise<Service>
