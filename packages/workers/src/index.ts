export { type WorkerPool, workerPool, type WorkerPoolChanges, type WorkerPoolState } from './worker-pool.ts'
export type { WorkerPoolOptions, WorkerPoolSettings } from './pool-options.ts'
export type { StartThread, ThreadLimits, WorkerThread } from './worker-thread.ts'
export type { Reply, Task, TaskError } from './task.ts'
