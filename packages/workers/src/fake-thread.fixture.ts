import type { Runtime } from 'watertight'
import type { Reply, Task } from './task.ts'
import type { StartThread, WorkerThread } from './worker-thread.ts'

/** What a fake thread does with a task: its input. */
export interface FakeTask {
  readonly way: 'value' | 'fail' | 'die' | 'hang'
  readonly ms: number
}

/** Threads of a test: they obey virtual time, and count themselves. */
export class FakeThreads {
  /** That have not ended. */
  living = 0
  /** That have a task. */
  working = 0
  most = 0
  readonly #runtime: Runtime
  readonly #stopMs: number

  constructor(runtime: Runtime, stopMs: number = 0) {
    this.#runtime = runtime
    this.#stopMs = stopMs
  }

  readonly start: StartThread = () => {
    this.living++
    this.most = Math.max(this.most, this.living)
    const threads = this
    let alive = true
    let stopped: Promise<void> | undefined
    let cutOff: ((error: Error) => void) | undefined
    const later = async (ms: number): Promise<void> =>
      await new Promise((resolve) => this.#runtime.timer(ms, resolve, false))
    const thread: WorkerThread = {
      get alive() {
        return alive
      },
      async run({ input }: Task): Promise<Reply> {
        const { way, ms } = input as FakeTask
        if (!alive || cutOff !== undefined) throw new Error('a thread was given a task that it cannot take')
        threads.working++
        try {
          const { promise, reject } = Promise.withResolvers<never>()
          cutOff = reject
          await Promise.race([way === 'hang' ? promise : later(ms), promise])
        } finally {
          cutOff = undefined
          threads.working--
        }
        if (way === 'die') {
          await thread.stop()
          throw new Error('died')
        }
        if (way === 'value') return { ok: true, value: 1 }
        const error = {
          name: 'Error',
          message: 'failed',
          stack: undefined,
          code: undefined,
          status: undefined,
          retryable: undefined,
        }
        return { ok: false, error: { ...error, unusable: false } }
      },
      stop() {
        alive = false
        cutOff?.(new Error('terminated'))
        stopped ??= later(threads.#stopMs).then(() => {
          threads.living--
        })
        return stopped
      },
    }
    return thread
  }
}
