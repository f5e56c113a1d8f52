export { type WorkerPool, workerPool, type WorkerPoolState } from './worker-pool.ts'
export type { WorkerPoolOptions } from './pool-options.ts'
export type { StartThread, ThreadLimits, WorkerThread } from './worker-thread.ts'
export type { Reply, Task, TaskError } from './task.ts'
