import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { Faults } from '../contract/faults.ts'
import { CONFIG_VARIABLE, type ProcessConfig } from '../process/config.ts'
import type { FromProcess, ServiceSnapshot, ToProcess } from '../process/messages.ts'
import { Child, type Exit } from './child.ts'
import { logTail } from './log-tail.ts'
import { EXIT, PlainFailure } from './plain-failure.ts'

/** The module every process of the shop runs. */
export const SHOP_PROCESS: string = fileURLToPath(new URL('../process/main.ts', import.meta.url))

const SNAPSHOT_LIMIT_MS = 2_000

/** One run of one process of the shop, from its start to its exit. */
export class RoleProcess {
  readonly #config: ProcessConfig
  readonly #child: Child<ToProcess, FromProcess>
  readonly #ready = Promise.withResolvers<void>()
  readonly #snapshots = new Map<number, (snapshot: ServiceSnapshot | undefined) => void>()
  #requests = 0
  #failure: string | undefined
  #isReady = false

  constructor(config: ProcessConfig, module: string) {
    this.#config = config
    this.#ready.promise.catch(() => {})
    this.#child = new Child<ToProcess, FromProcess>(
      { module, env: { [CONFIG_VARIABLE]: JSON.stringify(config) }, log: this.log },
      (message) => this.#hear(message),
    )
    void this.#child.exit.then((exit) => this.#ended(exit))
  }

  get log(): string {
    return join(this.#config.dataFolder, `${this.#config.role}.log`)
  }

  /** Resolves when it answers requests; rejects with a {@link PlainFailure} when it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get isReady(): boolean {
    return this.#isReady
  }

  get exit(): Promise<Exit> {
    return this.#child.exit
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  faults(faults: Faults): void {
    this.#child.send({ type: 'faults', faults })
  }

  stop(drainMs: number): void {
    this.#child.send({ type: 'stop', drainMs })
  }

  kill(): Promise<void> {
    return this.#child.kill()
  }

  /** What it knows of itself; `undefined` when it does not answer in time or is gone. */
  async snapshot(): Promise<ServiceSnapshot | undefined> {
    if (this.#child.ended) return undefined
    const request = ++this.#requests
    const { promise, resolve } = Promise.withResolvers<ServiceSnapshot | undefined>()
    const limit = setTimeout(() => resolve(undefined), SNAPSHOT_LIMIT_MS)
    this.#snapshots.set(request, resolve)
    this.#child.send({ type: 'snapshot', request })
    try {
      return await promise
    } finally {
      clearTimeout(limit)
      this.#snapshots.delete(request)
    }
  }

  #hear(message: FromProcess): void {
    switch (message.type) {
      case 'ready':
        this.#isReady = true
        this.#ready.resolve()
        break
      case 'failed':
        this.#failure = message.message
        break
      case 'snapshot':
        this.#snapshots.get(message.request)?.(message.snapshot)
        break
    }
  }

  async #ended({ code, signal }: Exit): Promise<void> {
    this.#isReady = false
    for (const resolve of this.#snapshots.values()) resolve(undefined)
    const { role } = this.#config
    const message = this.#failure ?? `${role} ended before it was ready (${signal ?? `exit code ${code}`})`
    const tail = besides(message, await logTail(this.log))
    this.#ready.reject(
      new PlainFailure(message, EXIT.failed, tail === '' ? {} : { details: `the end of ${this.log}:\n${tail}` }),
    )
  }
}

/** What a log says that the message does not say already; where in the code it happened stays in the file. */
function besides(message: string, tail: string): string {
  const said = (line: string): boolean => message.includes(line.replace(/^\w*Error: /, ''))
  return tail
    .split('\n')
    .filter((line) => !/^\s+at /.test(line) && !said(line))
    .join('\n')
}
