/** What one check found. `skipped`: there was nothing to check; `warning`: it works, but not for everything. */
export interface Finding {
  readonly check: string
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly found: string
  /** What to do about it; with every warning and failure. */
  readonly hint?: string
}

/** Where a check looks. It changes nothing there. */
export interface Surroundings {
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How long a connection may take. */
  readonly limitMs: number
}

/** Looks at one thing, and never throws. */
export type Check = (surroundings: Surroundings) => Promise<readonly Finding[]>
