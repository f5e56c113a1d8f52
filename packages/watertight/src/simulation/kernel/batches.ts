import timers from 'node:timers'

/** The platform's own, whatever a simulation or a test runner puts in its place. */
const nextTurn = timers.setImmediate

const FIRST_BATCH = 4
const LARGEST_BATCH = 512

/** What is done in small steps, each of which lets promises settle before the next. None of these may throw. */
export interface SteppedWork {
  /** Does the next thing. False: there is nothing left to do. */
  step(): boolean
  /** A batch of steps begins; nothing but its steps, and what promises do after them, runs until {@link endBatch}. */
  beginBatch(): void
  endBatch(): void
  /** Between two batches, when the real world has its turn. False: stop. */
  goOn(): boolean
}

/** Runs something once all microtasks and ticks that there are have run. */
export function runAfterPromises(run: () => void): void {
  nextTurn(run)
}

/**
 * Runs all steps. A callback of `setImmediate` is followed by all microtasks and ticks there are, however many make each
 * other: that is what drains promises between two steps, where no fixed number of awaits would. Hundreds of immediates are
 * queued at a time, because those of one check phase cost a fifth of what chained ones do; real I/O happens between such
 * batches.
 */
export function runInBatches(work: SteppedWork): Promise<void> {
  return new Promise((resolve) => {
    let size = FIRST_BATCH
    let going = true
    const step = (): void => {
      if (going) going = work.step()
    }
    const begin = (): void => work.beginBatch()
    const end = (): void => {
      work.endBatch()
      if (!going || !work.goOn()) return resolve()
      size = Math.min(size * 2, LARGEST_BATCH)
      queueBatch()
    }
    const queueBatch = (): void => {
      nextTurn(begin)
      for (let i = 0; i < size; i++) nextTurn(step)
      nextTurn(end)
    }
    queueBatch()
  })
}
