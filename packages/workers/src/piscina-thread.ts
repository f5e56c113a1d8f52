import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { Reply, Task } from './task.ts'
import type { ThreadLimits, WorkerThread } from './worker-thread.ts'

/** Beside this file, and like it TypeScript from the sources or JavaScript from the build. */
const ENTRY = fileURLToPath(new URL(`./run-task${import.meta.url.slice(-3)}`, import.meta.url))

/**
 * A thread by piscina: a pool of exactly one. Pools of several threads share a queue that can lose a task when a thread dies while
 * it starts, or miscounts those that can be aborted; who waits is decided before a thread is asked here, so there is no queue.
 * A thread that was there from the start gets its task at once, and every death reaches the task.
 */
class PiscinaThread implements WorkerThread {
  readonly #pool: Piscina
  #alive = true

  constructor({ memoryMb }: ThreadLimits, report: (error: unknown) => void) {
    this.#pool = new Piscina({
      filename: ENTRY,
      name: 'runTask',
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 1,
      idleTimeout: Infinity,
      // A thread that blocks until its next task could not keep its connections alive, or clean up after itself.
      atomics: 'disabled',
      ...(memoryMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
    })
    // Something that a task left behind has thrown, between two tasks.
    this.#pool.on('error', (thrown) => {
      report(thrown)
      this.stop().catch(report)
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  async run(task: Task): Promise<Reply> {
    try {
      return (await this.#pool.run(task)) as Reply
    } catch (error) {
      // Piscina puts another thread in its place, of which nobody has counted the memory or the tasks.
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#alive = false
    await this.#pool.destroy()
  }
}

/** Starts a {@link PiscinaThread}. */
export function startPiscinaThread(limits: ThreadLimits, report: (error: unknown) => void): WorkerThread {
  return new PiscinaThread(limits, report)
}
