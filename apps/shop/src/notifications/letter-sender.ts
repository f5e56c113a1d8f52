import { isWatertightError, type Runtime } from 'watertight'
import { notExecuted } from '../http/dependency.ts'
import { letterKey, type Letters, type WaitingLetter } from './letters.ts'

const PAGE = 64
const MS_PER_DAY = 24 * 60 * 60 * 1000

export interface LetterSenderOptions {
  readonly letters: Letters
  readonly runtime: Runtime
  /** Gives the letter to the mail system; the same key is delivered once. */
  readonly send: (key: string, letter: WaitingLetter, signal: AbortSignal) => Promise<void>
  /** Letters on their way at the same time. Default 4. */
  readonly concurrent?: number
  /** The pause after a round in which something could not be sent, doubling up to `maxPauseMs`. Default 250. */
  readonly pauseMs?: number
  /** Default 10,000. */
  readonly maxPauseMs?: number
  /** A letter that could not be sent for so long is not news any more. Default one day. */
  readonly giveUpAfterMs?: number
}

/**
 * Sends the waiting letters in the background, in rounds: each round goes once through the list, in pages, so that memory
 * stays flat however long the mail system is down. A round ends at once when the mail system cannot be called at all.
 */
export class LetterSender {
  readonly #options: Required<LetterSenderOptions>
  readonly #stop = new AbortController()
  #wanted = true
  #wake: () => void = () => {}
  #done: Promise<void> = Promise.resolve()

  constructor(options: LetterSenderOptions) {
    this.#options = { concurrent: 4, pauseMs: 250, maxPauseMs: 10_000, giveUpAfterMs: MS_PER_DAY, ...options }
  }

  start(): void {
    this.#done = this.#run()
  }

  /** There is a new letter. */
  wake(): void {
    this.#wanted = true
    this.#wake()
  }

  /** Abandons what is on its way: it stays on the list, and its key makes sending it again safe. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#done
  }

  async #run(): Promise<void> {
    const { runtime, pauseMs, maxPauseMs } = this.#options
    let pause = pauseMs
    while (!this.#stop.signal.aborted) {
      this.#wanted = false
      let allSent = false
      try {
        allSent = await this.#round()
      } catch (error) {
        if (!this.#stop.signal.aborted) runtime.report(error)
      }
      if (allSent) {
        pause = pauseMs
        if (!this.#wanted) await this.#asleep()
      } else {
        await this.#asleep(pause)
        pause = Math.min(pause * 2, maxPauseMs)
      }
    }
  }

  /** Until a letter comes, or, with `ms`, for so long whatever comes: a mail system that is down is not asked more often. */
  #asleep(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stop
      if (signal.aborted) return resolve()
      const timer = ms === undefined ? undefined : this.#options.runtime.timer(ms, resolve, false)
      this.#wake = () => {
        if (timer && !signal.aborted) return
        timer?.cancel()
        resolve()
      }
    })
  }

  /** True when nothing is left that is known now. */
  async #round(): Promise<boolean> {
    let allSent = true
    let after: string | undefined
    for (;;) {
      const page = await this.#options.letters.waiting(PAGE, after)
      after = page.at(-1)?.key
      const letters = page.map(({ value }) => value as WaitingLetter)
      const outcome = await this.#sendPage(letters)
      if (outcome === 'unreachable') return false
      if (outcome === 'some-failed') allSent = false
      if (page.length < PAGE) return allSent
    }
  }

  async #sendPage(letters: readonly WaitingLetter[]): Promise<'all-sent' | 'some-failed' | 'unreachable'> {
    const queue = letters.values()
    let outcome: 'all-sent' | 'some-failed' | 'unreachable' = 'all-sent'
    const lane = async (): Promise<void> => {
      for (const letter of queue) {
        if (outcome === 'unreachable' || this.#stop.signal.aborted) return
        const error = await this.#sendOne(letter)
        if (error === undefined) continue
        outcome = notExecuted(error) ? 'unreachable' : 'some-failed'
      }
    }
    await Promise.all(Array.from({ length: this.#options.concurrent }, lane))
    return this.#stop.signal.aborted ? 'unreachable' : outcome
  }

  /** What went wrong, if anything did. */
  async #sendOne(letter: WaitingLetter): Promise<unknown> {
    const { letters, send, runtime, giveUpAfterMs } = this.#options
    try {
      await send(letterKey(letter), letter, this.#stop.signal)
      await letters.finish(letter, 'sent')
      return undefined
    } catch (error) {
      if (this.#stop.signal.aborted) return error
      if (!isWatertightError(error)) runtime.report(error)
      if (runtime.wallTime() - letter.since < giveUpAfterMs) return error
      await letters.finish(letter, 'given-up')
      return undefined
    }
  }
}
