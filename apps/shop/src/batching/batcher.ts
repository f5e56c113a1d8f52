import { WatertightError } from 'watertight'

export interface BatcherOptions<Request, Answer> {
  /** Names the batcher in errors. */
  readonly name: string
  /** Handles one batch; answers in the order of the requests. When it throws, every request of the batch fails with that. */
  readonly handle: (requests: readonly Request[]) => Promise<readonly Answer[]>
  /** Requests in one batch at most. Default 64. */
  readonly size?: number
  /** Requests that may wait for their batch; further ones are refused. Default 2,000. */
  readonly waiting?: number
}

interface Waiting<Request, Answer> {
  readonly request: Request
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * One batch at a time: what arrives while a batch is handled waits and makes up the next one.
 *
 * For requests that all change the same few rows (the stock of a popular article, the revenue of a day): decided one after
 * the other in memory and written in one commit they never conflict with each other, and a batch costs one flush.
 *
 * @example
 * const batcher = new Batcher({ name: 'reservations', handle: (requests) => decideAll(requests) })
 * await batcher.run(request)
 */
export class Batcher<Request, Answer> {
  readonly #name: string
  readonly #handle: (requests: readonly Request[]) => Promise<readonly Answer[]>
  readonly #size: number
  readonly #limit: number
  #waiting: Waiting<Request, Answer>[] = []
  #busy = false

  constructor({ name, handle, size = 64, waiting = 2000 }: BatcherOptions<Request, Answer>) {
    this.#name = name
    this.#handle = handle
    this.#size = size
    this.#limit = waiting
  }

  /** @throws WatertightError `BUSY` (retryable, not executed) when too many wait already; else what `handle` throws. */
  run(request: Request): Promise<Answer> {
    if (this.#waiting.length >= this.#limit) {
      return Promise.reject(
        new WatertightError('BUSY', `${this.#limit} requests are waiting already`, {
          source: this.#name,
          retryable: true,
          retryAfterMs: 1000,
        }),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject })
      if (!this.#busy) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#size)
      this.#waiting = this.#waiting.slice(this.#size)
      await this.#settle(batch)
    }
    this.#busy = false
  }

  async #settle(batch: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.#handle(batch.map(({ request }) => request))
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Answer)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
