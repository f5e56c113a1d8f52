/** What a script is given. */
export interface ScriptInput {
  readonly keys: string[]
  readonly arguments: string[]
}

/**
 * The little that this package asks of a Redis client. The clients, clusters and pools of the package `redis` have it, and so
 * can any other.
 */
export interface RedisClient {
  /** False: there is no connection now, so that asking would only wait. Left out: not known. */
  readonly isReady?: boolean
  /** Runs a script that the server knows by the SHA-1 of its text. Rejects with a message that begins with NOSCRIPT if not. */
  evalSha(sha1: string, input: ScriptInput): Promise<unknown>
  /** Runs a script, which the server knows from then on. */
  eval(script: string, input: ScriptInput): Promise<unknown>
}
