import type { RedisClient, ScriptInput } from './redis-client.ts'

/** A client whose answers a test decides. */
export class FakeClient implements RedisClient {
  isReady = true
  /** What each question gets; replaced by the test. */
  answer: (input: ScriptInput) => unknown = () => [1, 0]
  /** Questions that reached the server. */
  asked = 0
  readonly #known = new Set<string>()

  async evalSha(sha1: string, input: ScriptInput): Promise<unknown> {
    if (!this.#known.has(sha1)) {
      this.#known.add(sha1)
      throw new Error('NOSCRIPT No matching script.')
    }
    return await this.eval(sha1, input)
  }

  async eval(_script: string, input: ScriptInput): Promise<unknown> {
    this.asked++
    return await this.answer(input)
  }

  /** From now on nothing comes back. */
  hang(): void {
    this.answer = () => new Promise(() => undefined)
  }

  /** From now on every question fails. */
  fail(): void {
    this.answer = () => {
      throw new Error('Socket closed unexpectedly')
    }
  }
}
