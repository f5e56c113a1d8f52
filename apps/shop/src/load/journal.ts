import { type FileHandle, open } from 'node:fs/promises'

const GATHER_MS = 3

/** What a customer was told about an order. `unknown`: nothing, or nothing definite. */
export type OrderAnswer = 'paid' | 'pending' | 'rejected' | 'refused' | 'unknown'

/** One line of `acknowledgements.ndjson`. */
export interface Acknowledgement {
  readonly orderId: string
  readonly status: OrderAnswer
  /** Epoch milliseconds. */
  readonly at: number
  /** The error code that came with it, where there was one. */
  readonly code?: string
}

/** The file name of the journal inside a data folder. */
export const JOURNAL = 'acknowledgements.ndjson'

/** The customers' own durable list of what they were told, written by nobody but the load process and only ever appended to. */
export class Journal {
  readonly #file: FileHandle
  #waiting: { readonly line: string; readonly durable: () => void }[] = []
  #writing: Promise<void> | undefined
  readonly #failure = Promise.withResolvers<never>()

  private constructor(file: FileHandle) {
    this.#file = file
    this.#failure.promise.catch(() => {})
  }

  static async open(path: string): Promise<Journal> {
    return new Journal(await open(path, 'a'))
  }

  /** Calls `durable` when the entry is on disk; what comes within a few milliseconds shares one flush. */
  append(entry: Acknowledgement, durable: () => void): void {
    this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, durable })
    this.#writing ??= this.#write()
  }

  /** Rejects when a write fails: no acknowledgement can be trusted then. */
  get failed(): Promise<never> {
    return this.#failure.promise
  }

  /** Writes what is waiting and lets go of the file. */
  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
        const batch = this.#waiting
        this.#waiting = []
        await this.#file.appendFile(batch.map(({ line }) => line).join(''))
        await this.#file.datasync()
        for (const { durable } of batch) durable()
      }
    } catch (error) {
      this.#failure.reject(error)
    } finally {
      this.#writing = undefined
    }
  }
}
