import type { Runtime, Timer } from 'watertight'
import type { StartThread, ThreadLimits, WorkerThread } from './worker-thread.ts'

/** How many threads there are, and how long they stay. */
export interface ThreadSetOptions extends ThreadLimits {
  /** Threads that stay when there is nothing to do. */
  readonly core: number
  readonly max: number
  readonly idleMs: number
}

/**
 * The threads of a pool: made when one is needed, at most `max` at once, those that are ending included. The one that worked
 * last works next, so that those which are not needed become idle and end. Threads without a task do not hold the process.
 */
export class ThreadSet {
  #options: ThreadSetOptions
  readonly #runtime: Runtime
  readonly #start: StartThread
  /** Without a task, the one that worked last at the end. */
  readonly #idle: WorkerThread[] = []
  readonly #busy = new Set<WorkerThread>()
  readonly #timers = new Map<WorkerThread, Timer>()
  readonly #ending = new Set<Promise<void>>()
  #started = 0
  #died = 0

  constructor(options: ThreadSetOptions, runtime: Runtime, start: StartThread) {
    this.#options = options
    this.#runtime = runtime
    this.#start = start
  }

  get size(): number {
    return this.#idle.length + this.#busy.size + this.#ending.size
  }

  get busy(): number {
    return this.#busy.size
  }

  get started(): number {
    return this.#started
  }

  /** Threads that did not survive a task, or what it left behind. */
  get died(): number {
    return this.#died
  }

  /** A thread for one task; undefined when all are taken. */
  take(): WorkerThread | undefined {
    let thread = this.#idle.pop()
    while (thread !== undefined && !thread.alive) {
      this.#forget(thread)
      thread = this.#idle.pop()
    }
    if (thread === undefined) {
      if (this.size >= this.#options.max) return undefined
      this.#started++
      thread = this.#start(this.#options, (error) => this.#runtime.report(error))
    }
    this.#timers.get(thread)?.cancel()
    this.#timers.delete(thread)
    this.#busy.add(thread)
    return thread
  }

  /** Takes a thread back whose task has ended, well or not. */
  giveBack(thread: WorkerThread): void {
    this.#busy.delete(thread)
    if (!thread.alive) {
      this.#died++
      return
    }
    const { idleMs, max } = this.#options
    if (this.#idle.length + this.#busy.size >= max) return this.#dismiss(thread)
    this.#idle.push(thread)
    if (idleMs !== Infinity)
      this.#timers.set(
        thread,
        this.#runtime.timer(idleMs, () => this.#retire(thread), false),
      )
  }

  /** Other numbers: threads that are too many end as soon as they have nothing to do. */
  resize(options: ThreadSetOptions): void {
    this.#options = options
    for (let over = this.#idle.length + this.#busy.size - options.max; over > 0 && this.#idle.length > 0; over--) {
      const thread = this.#idle.shift() as WorkerThread
      this.#timers.get(thread)?.cancel()
      this.#timers.delete(thread)
      this.#dismiss(thread)
    }
  }

  /** Ends a thread in the middle of its task. Resolves when it has ended. */
  end(thread: WorkerThread): Promise<void> {
    this.#busy.delete(thread)
    const ended: Promise<void> = thread.stop().finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
    return ended
  }

  /** Resolves when one of the threads that are ending has ended; undefined: none is. */
  nextEnd(): Promise<unknown> | undefined {
    return this.#ending.size === 0 ? undefined : Promise.race(this.#ending).catch(() => undefined)
  }

  /** Ends all threads, whatever they do. */
  async endAll(): Promise<void> {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    await Promise.all([...this.#idle.splice(0), ...this.#busy].map(async (thread) => await this.end(thread)))
  }

  /** @throws Error when there are more threads than may be, or one is lost. */
  check(): void {
    const { max } = this.#options
    if (this.#idle.length > 0 && this.#idle.length + this.#busy.size > max) {
      throw new Error(`${this.size} threads of at most ${max}, and ${this.#idle.length} of them idle`)
    }
    if (this.#timers.size > this.#idle.length)
      throw new Error(`${this.#timers.size} timers of ${this.#idle.length} idle threads`)
  }

  #forget(thread: WorkerThread): void {
    this.#died++
    this.#timers.get(thread)?.cancel()
    this.#timers.delete(thread)
  }

  #retire(thread: WorkerThread): void {
    this.#timers.delete(thread)
    const at = this.#idle.indexOf(thread)
    if (at < 0 || this.#idle.length + this.#busy.size <= this.#options.core) return
    this.#idle.splice(at, 1)
    this.#dismiss(thread)
  }

  #dismiss(thread: WorkerThread): void {
    this.end(thread).catch((error: unknown) => this.#runtime.report(error))
  }
}
