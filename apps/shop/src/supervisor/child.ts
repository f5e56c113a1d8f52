import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ChildOptions {
  /** The module to run. */
  readonly module: string
  readonly env: Readonly<Record<string, string>>
  /** Its standard output and error are appended here. */
  readonly log: string
}

const running = new Set<ChildProcess>()

/** Kills every process that was started here and still runs. Works while this process exits. */
export function killAllChildren(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** The ids of the processes that were started here and still run. */
export function runningPids(): readonly number[] {
  return [...running].flatMap(({ pid }) => pid ?? [])
}

/**
 * A forked process that this one talks to over IPC: `In` is what it understands, `Out` what it says.
 *
 * It has a process group of its own, so that Ctrl-C reaches the supervisor only; when the supervisor is gone, the closed
 * channel tells it.
 */
export class Child<In extends object, Out extends object> {
  readonly #process: ChildProcess
  readonly #exit: Promise<Exit>
  #ended: Exit | undefined

  constructor({ module, env, log }: ChildOptions, listen: (message: Out) => void) {
    const file = openSync(log, 'a')
    try {
      this.#process = fork(module, {
        execArgv: ['--conditions=watertight-source', '--disable-warning=ExperimentalWarning'],
        env: { ...process.env, ...env },
        stdio: ['ignore', file, file, 'ipc'],
        detached: true,
      })
    } finally {
      closeSync(file)
    }
    running.add(this.#process)
    this.#process.on('message', (message) => listen(message as Out))
    this.#exit = new Promise((resolve) => {
      const end = (exit: Exit): void => {
        running.delete(this.#process)
        this.#ended = exit
        resolve(exit)
      }
      this.#process.once('exit', (code, signal) => end({ code, signal }))
      // Also a process that could not be started at all has ended.
      this.#process.on('error', () => {
        if (this.#process.pid === undefined) end({ code: null, signal: null })
      })
    })
  }

  /** `undefined` when it has ended. */
  get pid(): number | undefined {
    return this.#ended === undefined ? this.#process.pid : undefined
  }

  /** How it ended; `undefined` while it runs. */
  get ended(): Exit | undefined {
    return this.#ended
  }

  /** Resolves when it has ended. */
  get exit(): Promise<Exit> {
    return this.#exit
  }

  /** Sends a message; one to a process that is gone is dropped, its exit tells. */
  send(message: In): void {
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  /** Ends it at once, without a chance to clean up. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exit
  }
}
