import { createHash } from 'node:crypto'
import type { RedisClient } from './redis-client.ts'

/**
 * A script that Redis runs as one step that nothing else comes between: one round trip by its hash. Only the first time after a
 * start of the server, or after `SCRIPT FLUSH`, it takes a second one with the text.
 *
 * All keys of a script have to lie in one slot of a cluster: see {@link slotted}.
 */
export class Script {
  readonly text: string
  readonly #sha1: string

  constructor(text: string) {
    this.text = text
    this.#sha1 = createHash('sha1').update(text).digest('hex')
  }

  /** Rejects with what the client rejects with. */
  async run(client: RedisClient, keys: readonly string[], input: readonly (string | number)[]): Promise<unknown> {
    const given = { keys: [...keys], arguments: input.map(String) }
    try {
      return await client.evalSha(this.#sha1, given)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return await client.eval(this.text, given)
    }
  }
}

/**
 * Keys of one slot: a cluster looks only at what stands in the first braces. `parts` are of one thing, such as the entry of a
 * cache and its lock; `owner` is never empty, or the braces would not count.
 *
 * @example
 * slotted('watertight', 'cache:prices') // 'watertight:{cache:prices}'
 */
export function slotted(prefix: string, owner: string): string {
  return `${prefix}:{${owner}}`
}
