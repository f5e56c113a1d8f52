import type { RunOptions } from '../call.ts'

/** A function with the shape of `fetch`. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What a request can say of itself to the policies; its signal is `init.signal`. */
export type RequestHints = Pick<RunOptions, 'idempotent' | 'priority' | 'key' | 'deadline'>

/** `RequestInit`, and what the policies are told. */
export interface PipelineRequestInit extends RequestInit {
  readonly call?: RequestHints | undefined
}
