import { toMilliseconds, type Duration } from '../runtime/duration.ts'
import { WatertightError } from '../runtime/error.ts'
import { World } from '../simulation/kernel/world.ts'

export interface VirtualRuntimeOptions {
  /** Random numbers and ids follow from it; two runtimes of one test need two seeds, or they make the same ids. Default: 0. */
  readonly seed?: string | number
  /** Epoch milliseconds at the start. Default: 14 February 2024, 00:00 UTC. */
  readonly startWallTime?: number
}

/**
 * A runtime for tests, whose time stands still until it is told to pass: a {@link World} in which the platform's own clock and
 * timers stay what they are, because the test around it uses them.
 *
 * Before each timer, after the last one and before `advance` returns, everything that promises and turns have to do is done,
 * through any number of `await`s. Real I/O is not waited for.
 *
 * @example
 * const runtime = new VirtualRuntime({ seed: 7 })
 * const answer = payments.on(runtime).run(() => neverAnswers())
 * await runtime.advance(2_000)
 * await expect(answer).rejects.toThrow('timed out')
 */
export class VirtualRuntime extends World {
  constructor(options: VirtualRuntimeOptions = {}) {
    super({ ...options, guard: 'off', trace: 'off' })
  }

  /** Lets `duration` pass, firing timers at their times and in their order. */
  async advance(duration: Duration): Promise<void> {
    await this.advanceTo(this.now() + toMilliseconds('duration', duration))
  }

  /** Lets time pass until `now()` is `instant`. */
  async advanceTo(instant: number): Promise<void> {
    if (instant < this.now()) {
      throw new WatertightError(
        'INVALID_OPTION',
        `instant must not be before now (${this.now()}), but it is ${instant}`,
      )
    }
    await this.runUntil(instant)
  }
}
