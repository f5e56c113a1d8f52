import { WatertightError } from 'watertight'
import type { TaskError } from './task.ts'

/**
 * The error of a task, as its caller sees it: with the name, message, stack, `code`, `status` and `retryable` that it had in the
 * thread. `WORKER_TASK_UNUSABLE` when there was no such task to call.
 */
export function failureOf({ unusable, name, message, stack, code, status, retryable }: TaskError, pool: string): Error {
  if (unusable)
    return new WatertightError('WORKER_TASK_UNUSABLE', `the task of ${pool} cannot be called: ${message}`, {
      source: pool,
    })
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  const own = { name, code, status, retryable }
  return Object.assign(error, Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)))
}

/**
 * Why a thread had no answer:
 * - `WORKER_OUT_OF_MEMORY`: the task needed more than `memoryMb`; the same input will again;
 * - `WORKER_NOT_CLONEABLE`: input or result is something that cannot go from thread to thread, such as a function;
 * - `WORKER_DIED`: the thread ended by itself; retryable.
 */
export function deathOf(cause: unknown, pool: string): WatertightError {
  const { name, code, stack } = cause as { name?: unknown; code?: unknown; stack?: unknown }
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new WatertightError('WORKER_OUT_OF_MEMORY', `a task of ${pool} ran out of memory`, { source: pool, cause })
  }
  // Thrown in the thread, it comes as a plain error: only its stack still says what it was.
  if (name === 'DataCloneError' || String(stack).startsWith('DataCloneError:')) {
    const message = `input or result of a task of ${pool} cannot be sent between threads`
    return new WatertightError('WORKER_NOT_CLONEABLE', message, { source: pool, cause })
  }
  return new WatertightError('WORKER_DIED', `a thread of ${pool} died during its task`, {
    source: pool,
    cause,
    retryable: true,
  })
}
