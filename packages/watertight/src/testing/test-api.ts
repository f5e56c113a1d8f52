/**
 * What a contract suite needs of a test runner: Vitest's functions fit, and those of `node:test`. It is handed in, so that
 * `watertight/testing` depends on neither.
 */
export interface TestApi {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void> | void) => unknown
}
