import type { Faults } from '../contract/faults.ts'
import type { ProcessConfig } from '../process/config.ts'
import type { ServiceSnapshot } from '../process/messages.ts'
import { ROLES, type Role } from '../process/roles.ts'
import type { Exit } from './child.ts'
import { inOneLine } from './plain-failure.ts'
import { RoleProcess, SHOP_PROCESS } from './role-process.ts'

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000
/** A process that lived so long starts again with the first back-off. */
const STEADY_MS = 10_000
const STOP_GRACE_MS = 3_000
/** They call the others, so they are stopped first. */
const CALLERS: ReadonlySet<Role> = new Set<Role>(['gateway', 'orders'])

export interface SupervisorOptions {
  readonly ports: ProcessConfig['ports']
  readonly dataFolder: string
  readonly protection: ProcessConfig['protection']
  readonly seed: number
  /** Start a process again that ended by itself. Default false: it is only reported. */
  readonly restart?: boolean
  /** Hears of every process that ended without being told to. */
  readonly onUnexpectedExit?: (role: Role, exit: Exit) => void
  /** Hears of what the supervisor does by itself, in words. */
  readonly onNotice?: (notice: string) => void
  /** How long after the drain a process that does not end is killed. Default 3 s. */
  readonly graceMs?: number
  /** What the processes run; another one in tests. */
  readonly module?: string
  readonly roles?: readonly Role[]
}

/** Starts the processes of a shop, one per role, keeps their ports over restarts, and lets none outlive it. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #processes = new Map<Role, RoleProcess>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  readonly #backoff = new Map<Role, number>()
  /** Processes whose end was asked for. */
  readonly #told = new WeakSet<RoleProcess>()
  #stopping = false

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  get roles(): readonly Role[] {
    return this.#options.roles ?? ROLES
  }

  /** Resolves when all are ready. @throws PlainFailure with the tail of its log when one cannot start; the others are killed. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.roles.map((role) => this.#launch(role).ready))
    } catch (error) {
      await this.killAll()
      throw error
    }
  }

  faults(role: Role, faults: Faults): void {
    this.#processes.get(role)?.faults(faults)
  }

  pid(role: Role): number | undefined {
    return this.#processes.get(role)?.pid
  }

  async snapshot(role: Role): Promise<ServiceSnapshot | undefined> {
    return this.#processes.get(role)?.snapshot()
  }

  /** Ends a process with SIGKILL; it stays down until {@link restart}. */
  async kill(role: Role): Promise<void> {
    const process = this.#processes.get(role)
    if (process === undefined) return
    this.#told.add(process)
    await process.kill()
  }

  /** Starts a process again, on the same port and database. Resolves when it is ready. */
  async restart(role: Role): Promise<void> {
    await this.kill(role)
    await this.#launch(role).ready
  }

  /** Lets all finish what is under way for at most `drainMs`, callers first, and kills what is left after that. */
  async stop(drainMs: number): Promise<void> {
    this.#stop()
    const callers = this.roles.filter((role) => CALLERS.has(role))
    const others = this.roles.filter((role) => !CALLERS.has(role))
    for (const wave of [callers, others]) await Promise.all(wave.map((role) => this.#stopOne(role, drainMs)))
  }

  async killAll(): Promise<void> {
    this.#stop()
    await Promise.all(this.roles.map((role) => this.kill(role)))
  }

  #stop(): void {
    this.#stopping = true
    for (const restart of this.#restarts) clearTimeout(restart)
    this.#restarts.clear()
  }

  async #stopOne(role: Role, drainMs: number): Promise<void> {
    const process = this.#processes.get(role)
    if (process === undefined) return
    this.#told.add(process)
    process.stop(drainMs)
    const limit = setTimeout(() => void process.kill(), drainMs + (this.#options.graceMs ?? STOP_GRACE_MS))
    await process.exit
    clearTimeout(limit)
  }

  #launch(role: Role): RoleProcess {
    const { ports, dataFolder, protection, seed, module = SHOP_PROCESS } = this.#options
    const started = performance.now()
    const process = new RoleProcess({ role, ports, dataFolder, protection, seed }, module)
    this.#processes.set(role, process)
    let wasReady = false
    process.ready.then(
      () => (wasReady = true),
      () => {},
    )
    void process.exit.then((exit) => {
      if (this.#told.has(process) || this.#stopping) return
      if (wasReady) this.#options.onUnexpectedExit?.(role, exit)
      if (this.#options.restart && (wasReady || this.#backoff.has(role)))
        this.#restartLater(role, performance.now() - started)
    })
    return process
  }

  #restartLater(role: Role, livedMs: number): void {
    const waitMs = livedMs > STEADY_MS ? FIRST_BACKOFF_MS : (this.#backoff.get(role) ?? FIRST_BACKOFF_MS)
    this.#backoff.set(role, Math.min(waitMs * 2, LONGEST_BACKOFF_MS))
    this.#options.onNotice?.(`${role} ended by itself and is started again in ${waitMs} ms`)
    const restart = setTimeout(() => {
      this.#restarts.delete(restart)
      const process = this.#launch(role)
      process.ready.catch((error: unknown) => this.#options.onNotice?.(inOneLine(error)))
    }, waitMs)
    this.#restarts.add(restart)
  }
}
