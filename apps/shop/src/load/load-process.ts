import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { Child } from '../supervisor/child.ts'
import { logTail } from '../supervisor/log-tail.ts'
import { EXIT, PlainFailure } from '../supervisor/plain-failure.ts'
import { type FromLoad, LOAD_VARIABLE, type LoadConfig, type LoadSecond, type ToLoad } from './messages.ts'
import type { LoadResult } from './tally.ts'

const LOAD_MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

/** What a prepared load process will send. */
export interface LoadReady {
  readonly scheduleHash: string
  readonly requests: number
}

/** The load generator in a process of its own, seen from the one that started it. */
export class LoadProcess {
  readonly #child: Child<ToLoad, FromLoad>
  readonly #ready = Promise.withResolvers<LoadReady>()
  readonly #result = Promise.withResolvers<LoadResult>()
  readonly #onSecond: (second: LoadSecond) => void
  #failure: string | undefined

  constructor(config: LoadConfig, onSecond: (second: LoadSecond) => void) {
    this.#onSecond = onSecond
    for (const { promise } of [this.#ready, this.#result]) promise.catch(() => {})
    const log = join(config.dataFolder, 'load.log')
    const env = { [LOAD_VARIABLE]: JSON.stringify(config) }
    this.#child = new Child<ToLoad, FromLoad>({ module: LOAD_MAIN, env, log }, (message) => this.#hear(message))
    void this.#ended(log)
  }

  /** Resolves when the schedule is made and the order desk has signed in. @throws PlainFailure */
  get ready(): Promise<LoadReady> {
    return this.#ready.promise
  }

  /** Resolves when every request has its answer, or was given up. @throws PlainFailure */
  get result(): Promise<LoadResult> {
    return this.#result.promise
  }

  start(): void {
    this.#child.send({ type: 'start' })
  }

  /** Counts what is unfinished as failed, and makes {@link result} resolve. */
  finish(): void {
    this.#child.send({ type: 'finish' })
  }

  kill(): Promise<void> {
    return this.#child.kill()
  }

  #hear(message: FromLoad): void {
    switch (message.type) {
      case 'ready':
        this.#ready.resolve(message)
        break
      case 'second':
        this.#onSecond(message)
        break
      case 'result':
        this.#result.resolve(message.result)
        break
      case 'failed':
        this.#failure = message.message
        break
    }
  }

  async #ended(log: string): Promise<void> {
    const { code, signal } = await this.#child.exit
    const tail = await logTail(log)
    const failure = new PlainFailure(
      this.#failure ?? `the load process ended before its work was done (${signal ?? `exit code ${code}`})`,
      EXIT.failed,
      tail === '' ? {} : { details: `the end of ${log}:\n${tail}` },
    )
    this.#ready.reject(failure)
    this.#result.reject(failure)
  }
}
