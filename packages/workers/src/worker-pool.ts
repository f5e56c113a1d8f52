import {
  type LivePipeline,
  pipeline,
  type Priority,
  queuePool,
  type QueuePoolState,
  refuseUnknown,
  requireText,
  type RunOptions,
  type Runtime,
  type Scope,
  systemRuntime,
  WatertightError,
} from 'watertight'
import { startPiscinaThread } from './piscina-thread.ts'
import { type WorkerPoolOptions, type WorkerPoolSettings, workerPoolSettings } from './pool-options.ts'
import { runTask } from './run-task.ts'
import type { Reply, Task } from './task.ts'
import { deathOf, failureOf } from './task-failure.ts'
import { ThreadSet } from './thread-set.ts'
import type { WorkerThread } from './worker-thread.ts'

/** What a worker pool is doing, and has done. */
export interface WorkerPoolState extends QueuePoolState {
  /** Threads there are, those that are ending included. */
  readonly threads: number
  /** Threads with a task. */
  readonly busy: number
  readonly started: number
  /** Threads that did not survive a task. */
  readonly died: number
}

/** What can be changed of a pool that works. */
export type WorkerPoolChanges = Partial<
  Pick<WorkerPoolOptions, 'core' | 'max' | 'queue' | 'maxWait' | 'whenFull' | 'idle' | 'onAbort'>
>

const CHANGEABLE = ['core', 'max', 'queue', 'maxWait', 'whenFull', 'idle', 'onAbort'] as const
const PRIORITIES: readonly Priority[] = ['low', 'normal', 'high']

/**
 * Does CPU work in threads, as a bulkhead of its own: however heavy the computation of one service is, the event loop stays free
 * for all others, and no more than `max` threads compute. Admission is that of a `queuePool`: see there for the order of
 * core, queue and max, and for what `whenFull` means.
 *
 * A task that throws, runs out of memory or takes its thread down with it fails alone. A place is free again when the thread
 * has really stopped. Input and result are copied (structured clone): sending much costs time on both sides.
 */
export class WorkerPool<Input, Output> {
  readonly name: string
  /** Tells of queueing, refusals and saturation (`bulkhead.*`), and how each task ended (`call.*`). */
  readonly events: LivePipeline['events']
  #options: WorkerPoolOptions
  #settings: WorkerPoolSettings
  readonly #live: LivePipeline
  readonly #threads: ThreadSet
  #closed: Promise<void> | undefined

  /** @throws WatertightError `INVALID_OPTION` */
  constructor(name: string, options: WorkerPoolOptions, runtime: Runtime = systemRuntime) {
    this.name = requireText('name', name)
    this.#options = options
    this.#settings = workerPoolSettings(options)
    const { core, max, queue, maxWaitMs, whenFull, idleMs, start = startPiscinaThread } = this.#settings
    const admission = queuePool({ core, max, queue, maxWait: maxWaitMs, whenFull, idle: idleMs, name: 'queuePool' })
    this.#live = pipeline(name, admission).on(runtime)
    this.events = this.#live.events
    this.#threads = new ThreadSet(this.#settings, runtime, start)
  }

  /**
   * Runs the task with this input in a thread.
   *
   * @throws (rejections, all of them) the error of the task; WatertightError `BULKHEAD_FULL`, `DISCARDED`, `CANCELLED`,
   * `DEADLINE_EXCEEDED`, `WORKER_DIED`, `WORKER_OUT_OF_MEMORY`, `WORKER_NOT_CLONEABLE`, `WORKER_TASK_UNUSABLE`, `WORKERS_CLOSED`
   */
  run(input: Input, options?: Omit<RunOptions, 'args' | 'id'>): Promise<Output> {
    if (this.#closed !== undefined) return Promise.reject(this.#isClosed())
    return this.#live.run((scope) => this.#compute(input, scope), options)
  }

  /**
   * The same as a function for a pipeline: the task stops with the attempt, and has its priority, key and deadline.
   *
   * @example
   * await pipeline('hash', timeout('2s')).run(hashing.task(password))
   */
  task(input: Input): (scope: Scope) => Promise<Output> {
    return ({ signal, deadline, call }) =>
      this.run(input, { signal, deadline, key: call.key, priority: PRIORITIES[call.priority] })
  }

  /** The options as they are in force. */
  get options(): Readonly<WorkerPoolSettings> {
    return this.#settings
  }

  /**
   * Changes the numbers of the pool while it works. Tasks under way go on; threads that are too many end after their task.
   *
   * @throws WatertightError `INVALID_OPTION`; then nothing has changed.
   */
  update(changes: WorkerPoolChanges): void {
    refuseUnknown('WorkerPool.update', changes, CHANGEABLE)
    const merged = { ...this.#options, ...changes }
    const settings = workerPoolSettings(merged)
    const { core, max, queue, maxWaitMs, whenFull, idleMs } = settings
    this.#options = merged
    this.#settings = settings
    this.#threads.resize(settings)
    this.#live.update('queuePool', { core, max, queue, maxWait: maxWaitMs, whenFull, idle: idleMs })
  }

  state(): WorkerPoolState {
    const { size: threads, busy, started, died } = this.#threads
    return { ...(this.#live.state().policies['queuePool'] as QueuePoolState), threads, busy, started, died }
  }

  /** @throws Error when a permit or a thread is lost: for tests. */
  check(): void {
    this.#live.check()
    this.#threads.check()
  }

  /** Takes no further task and ends all threads; tasks under way reject with `WORKERS_CLOSED`. Resolves when all have ended. */
  close(): Promise<void> {
    this.#closed ??= this.#threads.endAll()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #compute(input: Input, scope: Scope): Promise<Output> {
    if (this.#closed !== undefined) throw this.#isClosed()
    const { module, exported, whenFull, max } = this.#settings
    const task: Task = { module, exported, input }
    const thread = await this.#take(scope)
    if (thread !== undefined) return this.#result(await this.#inThread(thread, task, scope))
    if (whenFull === 'callerRuns') return this.#result(await runTask(task))
    // Permits of work that was given up on come back some time, even when it does not stop.
    throw new WatertightError('BULKHEAD_FULL', `${this.name}: all ${max} threads are held by work that does not stop`, {
      source: this.name,
      retryable: true,
    })
  }

  /** A permit may come back a little earlier than the thread behind it has ended. */
  async #take({ cancel }: Scope): Promise<WorkerThread | undefined> {
    for (;;) {
      const thread = this.#threads.take()
      const nextEnd = thread === undefined ? this.#threads.nextEnd() : undefined
      if (nextEnd === undefined) return thread
      await nextEnd
      if (this.#closed !== undefined) throw this.#isClosed()
      if (cancel.cancelled) throw new WatertightError('CANCELLED', `${this.name}: given up on before it began`)
    }
  }

  async #inThread(thread: WorkerThread, task: Task, { cancel }: Scope): Promise<Reply> {
    let ended: Promise<void> | undefined
    const forget = cancel.onCancel(() => {
      if (this.#settings.onAbort === 'terminate') ended = this.#threads.end(thread)
    })
    try {
      return await thread.run(task)
    } catch (error) {
      if (this.#closed !== undefined) throw this.#isClosed()
      throw deathOf(error, this.name)
    } finally {
      forget()
      if (ended !== undefined) await ended
      else if (this.#closed === undefined) this.#threads.giveBack(thread)
    }
  }

  #result(reply: Reply): Output {
    if (reply.ok) return reply.value as Output
    throw failureOf(reply.error, this.name)
  }

  #isClosed(): WatertightError {
    return new WatertightError('WORKERS_CLOSED', `${this.name} has been closed`, { source: this.name })
  }
}

/**
 * A pool of threads for one kind of CPU work, such as hashing passwords or reading very large JSON.
 *
 * @example
 * const hashing = workerPool<string, string>('hashing', {
 *   file: new URL('./hash-password.ts', import.meta.url),
 *   exported: 'hashPassword',
 *   max: 2,
 *   queue: 100,
 *   maxWait: '2s',
 * })
 * const hash = await hashing.run(password, { signal: request.signal })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function workerPool<Input, Output>(
  name: string,
  options: WorkerPoolOptions,
  runtime: Runtime = systemRuntime,
): WorkerPool<Input, Output> {
  return new WorkerPool(name, options, runtime)
}
