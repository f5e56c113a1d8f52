/** What a thread is asked to do. */
export interface Task {
  /** `file:` URL of a module, or `data:` URL of one. */
  readonly module: string
  /** Name of the exported function that is called with `input`. */
  readonly exported: string
  readonly input: unknown
}

/** What became of a task that the thread survived. */
export type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: TaskError }

/** An error as it crosses from thread to thread: classes and own properties would be lost. */
export interface TaskError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: unknown
  readonly status: unknown
  readonly retryable: unknown
  /** The task itself could not be found. */
  readonly unusable: boolean
}
