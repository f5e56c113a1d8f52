import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import {
  type Duration,
  invalidOption,
  refuseUnknown,
  requireInteger,
  requireOneOf,
  requirePositiveInteger,
  requireText,
  toMilliseconds,
} from 'watertight'
import type { StartThread } from './worker-thread.ts'

/** What the threads do, how many there are, and what happens to calls beyond. */
export interface WorkerPoolOptions {
  /** The module that exports the task: a `file:` URL or an absolute path. Either this or `script`. */
  readonly file?: URL | string
  /** The text of such a module, which may import `node:` modules. */
  readonly script?: string
  /** The exported function: it gets the input and returns the result, or a promise of it. Default: `'default'`. */
  readonly exported?: string
  /** Threads that stay when there is nothing to do. Default: `max`. */
  readonly core?: number
  /** Threads in all: those above `core` are used only when the queue is full. Default: the processors but one, at least 1. */
  readonly max?: number
  /** Tasks that may wait for a thread. Default: 0. */
  readonly queue?: number
  /** How long each of them waits at most. Default: until its own limits end it. */
  readonly maxWait?: Duration
  /**
   * What becomes of a task for which there is no room: see `queuePool`. With `'callerRuns'` the caller's thread does it, and its
   * event loop stands still meanwhile: one task at a time for each key. Default: `'abort'`.
   */
  readonly whenFull?: 'abort' | 'callerRuns' | 'discard' | 'discardOldest'
  /** A thread above `core` that has nothing to do for so long ends. Default: `'60s'`. */
  readonly idle?: Duration
  /**
   * What a thread does whose task is not wanted any more. `'terminate'`: it is ended at once, in the middle of whatever it does,
   * and another one takes its place: for computations. `'detach'`: it goes on, and its place stays taken until it has
   * finished: for tasks that must not be cut off halfway. The caller is answered at once either way. Default: `'terminate'`.
   */
  readonly onAbort?: 'terminate' | 'detach'
  /** Long-lived objects of each thread, in MiB; a task that needs more ends its thread. Default: that of the platform. */
  readonly memoryMb?: number
  /** Makes the threads. Default: by piscina. */
  readonly start?: StartThread
}

/** Checked options. */
export interface WorkerPoolSettings {
  readonly module: string
  readonly exported: string
  readonly core: number
  readonly max: number
  readonly queue: number
  readonly maxWaitMs: number
  readonly whenFull: 'abort' | 'callerRuns' | 'discard' | 'discardOldest'
  readonly idleMs: number
  readonly onAbort: 'terminate' | 'detach'
  readonly memoryMb: number | undefined
  readonly start: StartThread | undefined
}

const KNOWN = [
  'file',
  'script',
  'exported',
  'core',
  'max',
  'queue',
  'maxWait',
  'whenFull',
  'idle',
  'onAbort',
  'memoryMb',
  'start',
] as const

/** @throws WatertightError `INVALID_OPTION` */
export function workerPoolSettings(options: WorkerPoolOptions): WorkerPoolSettings {
  refuseUnknown('workerPool', options, KNOWN)
  const { memoryMb, start } = options
  const max = requirePositiveInteger('max', options.max ?? Math.max(1, availableParallelism() - 1, options.core ?? 1))
  return {
    module: moduleOf(options),
    exported: requireText('exported', options.exported ?? 'default'),
    core: requireInteger('core', options.core ?? max, 1, max),
    max,
    queue: requireInteger('queue', options.queue ?? 0, 0),
    maxWaitMs: toMilliseconds('maxWait', options.maxWait ?? Infinity, { infinite: true }),
    whenFull: requireOneOf('whenFull', options.whenFull ?? 'abort', [
      'abort',
      'callerRuns',
      'discard',
      'discardOldest',
    ]),
    idleMs: toMilliseconds('idle', options.idle ?? '60s', { infinite: true }),
    onAbort: requireOneOf('onAbort', options.onAbort ?? 'terminate', ['terminate', 'detach']),
    memoryMb: memoryMb === undefined ? undefined : requirePositiveInteger('memoryMb', memoryMb),
    start,
  }
}

function moduleOf({ file, script }: WorkerPoolOptions): string {
  if (file !== undefined && script !== undefined) throw invalidOption('script', script, 'left out when there is a file')
  if (script !== undefined)
    return `data:text/javascript;charset=utf-8,${encodeURIComponent(requireText('script', script))}`
  if (file === undefined) throw invalidOption('file', file, 'a module, unless there is a script')
  const url =
    typeof file === 'string' && !file.startsWith('file:') ? pathToFileURL(requireText('file', file)) : new URL(file)
  if (url.protocol !== 'file:') throw invalidOption('file', url.href, 'a file: URL or a path')
  return url.href
}
