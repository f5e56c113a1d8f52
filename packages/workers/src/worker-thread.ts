import type { Reply, Task } from './task.ts'

/** A thread that does one task at a time: the port behind which the threads of a pool are made. */
export interface WorkerThread {
  /**
   * Settles with what became of the task. Rejects when the thread did not survive it, or the task could not be handed over; not
   * before the thread is ready for another one or has ended.
   */
  run(task: Task): Promise<Reply>
  /** Ends the thread in the middle of whatever it does. Resolves when it has ended. */
  stop(): Promise<void>
  /** False: it has died, and takes no further task. */
  readonly alive: boolean
}

/** What a thread may use. */
export interface ThreadLimits {
  /** Of long-lived objects, in MiB. */
  readonly memoryMb: number | undefined
}

/** Starts a thread. `report` takes an error that belongs to no task. */
export type StartThread = (limits: ThreadLimits, report: (error: unknown) => void) => WorkerThread
