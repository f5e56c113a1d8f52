import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A process of a run, that may be killed. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #isWanted = true

  /** Runs a file of this folder. `failed` is told when it ends without being asked to. */
  constructor(file: string, args: readonly string[], failed: (error: Error) => void) {
    const path = join(import.meta.dirname, file)
    // That the server is away is no news here.
    const options = ['--conditions=watertight-source', '--disable-warning=WatertightReport']
    this.#child = spawn(process.execPath, [...options, path, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    this.#ended = once(this.#child, 'close')
    this.#child.on('close', (code, signal) => {
      if (this.#isWanted) failed(new Error(`${file} ended by itself: ${signal ?? code}`))
    })
    this.#child.on('error', failed)
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Lets it finish what is under way. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#isWanted = false
    this.#child.kill(signal)
    await this.#ended
  }
}
