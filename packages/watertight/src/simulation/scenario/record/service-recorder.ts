import type { ServiceModel } from '../../model/service-model.ts'
import type { ServiceSeries } from '../run-record.ts'
import { NamedSeries, type Steps } from './steps.ts'

/** Follows one modelled service: its gauges at the end of each step, and what its counters have gained in it. */
export class ServiceRecorder {
  readonly service: ServiceModel
  readonly #inFlight: Float64Array
  readonly #queued: Float64Array
  readonly #oldestMs: Float64Array
  readonly #memory: Float64Array
  readonly #up: Float64Array
  readonly #served: Float64Array
  readonly #wasted: Float64Array
  readonly #refused: NamedSeries
  readonly #refusedBefore = new Map<string, number>()
  #servedBefore = 0
  #wastedBefore = 0

  constructor(service: ServiceModel, steps: Steps) {
    this.service = service
    this.#inFlight = steps.series()
    this.#queued = steps.series()
    this.#oldestMs = steps.series()
    this.#memory = steps.series()
    this.#up = steps.series()
    this.#served = steps.series()
    this.#wasted = steps.series()
    this.#refused = new NamedSeries(steps)
  }

  /** Reads a step that is over. */
  sample(step: number): void {
    const { inFlight, queued, oldestMs, memory, up } = this.service.gauges
    this.#inFlight[step] = inFlight
    this.#queued[step] = queued
    this.#oldestMs[step] = oldestMs
    this.#memory[step] = memory
    this.#up[step] = up
    const { served, wasted, refused } = this.service.counters
    this.#served[step] = served - this.#servedBefore
    this.#wasted[step] = wasted - this.#wastedBefore
    this.#servedBefore = served
    this.#wastedBefore = wasted
    for (const [code, times] of Object.entries(refused)) {
      const before = this.#refusedBefore.get(code) ?? 0
      if (times > before) this.#refused.add(code, step, times - before)
      this.#refusedBefore.set(code, times)
    }
  }

  series(): ServiceSeries {
    return {
      inFlight: [...this.#inFlight],
      queued: [...this.#queued],
      oldestMs: [...this.#oldestMs],
      memory: [...this.#memory],
      up: [...this.#up],
      served: [...this.#served],
      wasted: [...this.#wasted],
      refused: this.#refused.toJSON(),
      crashes: this.service.counters.crashes.map(({ atMs, instance, cause }) => ({ atMs, instance, cause })),
    }
  }
}
