import type { Reply, Task, TaskError } from './task.ts'

/**
 * Calls the function that a task names. Never rejects: what goes wrong is part of the reply. Runs in the thread, and for
 * `callerRuns` in the caller's.
 */
export async function runTask({ module, exported, input }: Task): Promise<Reply> {
  let run: unknown
  try {
    // Modules are kept by the platform: only the first task of a thread waits for it.
    run = ((await import(module)) as Record<string, unknown>)[exported]
  } catch (error) {
    return { ok: false, error: describe(error, true) }
  }
  if (typeof run !== 'function') {
    return { ok: false, error: describe(new TypeError(`${shorten(module)} exports no function ${exported}`), true) }
  }
  try {
    return { ok: true, value: (await run(input)) as unknown }
  } catch (error) {
    return { ok: false, error: describe(error, false) }
  }
}

function describe(error: unknown, unusable: boolean): TaskError {
  const {
    name = 'Error',
    message = String(error),
    stack,
    code,
    status,
    retryable,
  } = (error ?? {}) as {
    readonly [Property in keyof TaskError]?: unknown
  }
  return {
    name: String(name),
    message: String(message),
    stack: typeof stack === 'string' ? stack : undefined,
    // Only what any thread can read.
    code: primitive(code),
    status: primitive(status),
    retryable: primitive(retryable),
    unusable,
  }
}

function primitive(value: unknown): unknown {
  return ['string', 'number', 'boolean'].includes(typeof value) ? value : undefined
}

function shorten(module: string): string {
  return module.startsWith('data:') ? 'the script' : module
}
