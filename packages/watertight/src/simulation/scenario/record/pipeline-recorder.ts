import type { LivePipeline } from '../../../resilience/index.ts'
import type { Policy } from '../../../resilience/index.ts'
import type { BreakerBand, PipelineSeries } from '../run-record.ts'
import { NamedSeries, type Steps } from './steps.ts'

type Circuit = BreakerBand['state']

/** What is read of a policy's state, whatever kind of limit it is. */
interface Limited {
  readonly active: number
  readonly waiting: number
  readonly limit?: number
  readonly concurrent?: number
  readonly size?: number
}

const LIMITS: ReadonlySet<string> = new Set(['bulkhead', 'queuePool', 'adaptiveConcurrency', 'loadShedder'])

/** Who the calls of a pipeline are made for. */
export interface CallWatch {
  now(): number
  /** The work of this call was given up on and goes on. */
  abandoned(call: number): void
}

/** Follows one live pipeline: by its events where they tell, by its state at the end of each step where they do not. */
export class PipelineRecorder {
  readonly name: string
  readonly pipeline: LivePipeline<unknown>
  readonly #steps: Steps
  readonly #refusals: NamedSeries
  readonly #circuits = new Map<string, { state: Circuit; fromMs: number; readonly bands: BreakerBand[] }>()
  readonly #limits = new Map<string, { limit: (number | null)[]; inFlight: Float64Array; queued: Float64Array }>()
  readonly #budgets = new Map<string, Float64Array>()

  constructor(
    name: string,
    pipeline: LivePipeline<unknown>,
    policies: ReadonlyMap<string, Policy<unknown>>,
    steps: Steps,
    watch: CallWatch,
  ) {
    this.name = name
    this.pipeline = pipeline
    this.#steps = steps
    this.#refusals = new NamedSeries(steps)
    for (const [policy, { kind }] of policies) {
      if (kind === 'circuitBreaker') this.#circuits.set(policy, { state: 'closed', fromMs: 0, bands: [] })
      if (LIMITS.has(kind)) {
        this.#limits.set(policy, { limit: steps.unknown(), inFlight: steps.series(), queued: steps.series() })
      }
      if (kind === 'retry') this.#budgets.set(policy, steps.series())
    }
    const { events } = pipeline
    events.on('breaker.opened', ({ policy }) => this.#turn(policy, 'open', watch.now()))
    events.on('breaker.halfOpened', ({ policy }) => this.#turn(policy, 'half-open', watch.now()))
    events.on('breaker.closed', ({ policy }) => this.#turn(policy, 'closed', watch.now()))
    events.on('call.rejected', ({ code }) => this.#refusals.add(code, steps.at(watch.now())))
    events.on('work.abandoned', ({ call }) => watch.abandoned(call))
  }

  /** Reads the gauges of a step that is over. */
  sample(step: number): void {
    const { policies } = this.pipeline.state()
    for (const [name, { limit, inFlight, queued }] of this.#limits) {
      const state = policies[name] as Limited
      limit[step] = state.limit ?? state.concurrent ?? state.size ?? null
      inFlight[step] = state.active
      queued[step] = state.waiting
    }
    for (const [name, tokens] of this.#budgets) {
      tokens[step] = (policies[name] as { readonly budget?: number }).budget ?? Number.NaN
    }
  }

  series(): PipelineSeries {
    for (const [policy, circuit] of this.#circuits) this.#turn(policy, circuit.state, this.#steps.untilMs)
    return {
      breakers: [...this.#circuits].map(([name, { bands }]) => ({ name, bands })),
      limits: [...this.#limits].map(([name, { limit, inFlight, queued }]) => ({
        name,
        limit,
        inFlight: [...inFlight],
        queued: [...queued],
      })),
      // A retry without a budget has no tokens to tell of.
      budgets: [...this.#budgets]
        .filter(([, tokens]) => !tokens.some(Number.isNaN))
        .map(([name, tokens]) => ({ name, tokens: [...tokens] })),
      refusals: this.#refusals.toJSON(),
    }
  }

  #turn(policy: string, state: Circuit, now: number): void {
    const circuit = this.#circuits.get(policy)
    if (circuit === undefined) return
    if (now > circuit.fromMs) circuit.bands.push({ fromMs: circuit.fromMs, toMs: now, state: circuit.state })
    circuit.state = state
    circuit.fromMs = now
  }
}
