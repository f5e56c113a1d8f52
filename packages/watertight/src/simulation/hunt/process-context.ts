import type { Runtime } from '../../runtime/runtime.ts'
import type { Store } from '../../store/store.ts'
import type { Channel } from './channel.ts'
import type { Database } from './database.ts'
import { FaultyStore } from './faulty-store.ts'
import type { HuntHost } from './hunt-host.ts'
import type { Incarnation } from './incarnation.ts'
import type { Handlers, Remote, Service } from './service.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** What the program of a process is given when it starts: its own runtime, and its ways to the outside. */
export interface ProcessContext {
  readonly name: string
  /** Dies with the process. */
  readonly runtime: Runtime
  /** A connection to a database, as it is from this process: with all that goes wrong on the way. */
  store(database: Database): Store
  /** A service, as it is reached from this process. */
  service<Asked extends Handlers>(service: Service<Asked>): Remote<Asked>
  /** Sends a message; nothing is sent by the dead. */
  send<Message>(channel: Channel<Message>, message: Message): void
  /** Resolves after so many milliseconds by the clock of this process. */
  sleep(ms: number): Promise<void>
}

/** Makes the context of one life of a process. */
export function processContext(host: HuntHost, process: SimulatedProcess, life: Incarnation): ProcessContext {
  return {
    name: process.name,
    runtime: life,
    store: (database) => new FaultyStore(host, database, process, life),
    service: (service) => service.from(process, life),
    send: (channel, message) => life.deliver(() => channel.send(message)),
    sleep: (ms) =>
      new Promise((resolve) => {
        life.timer(ms, resolve, true)
      }),
  }
}
