import type { World } from '../../kernel/world.ts'
import { isOriginal, routeNumberOf } from '../../model/call-id.ts'
import { type ClientCall, ClosedClients } from '../../model/closed-clients.ts'
import type { DeclaredClients } from '../cast.ts'
import { Load } from '../load.ts'
import type { RunRecord } from '../run-record.ts'
import type { Simulation } from '../simulation.ts'
import { Visits } from '../visits.ts'
import { PipelineRecorder } from './pipeline-recorder.ts'
import { RouteRecorder } from './route-recorder.ts'
import { ServiceRecorder } from './service-recorder.ts'
import { Steps } from './steps.ts'

type Recorded = Omit<RunRecord, 'scenario' | 'seed' | 'configuration' | 'options' | 'verdict' | 'control'>

/** A mistake that says something else each time is told so often, and no more. */
const MOST_BROKEN = 100

/** Follows one run: starts its loads, reads all gauges after each step, and makes the record when it is over. */
export class Recording {
  readonly #sim: Simulation
  readonly #steps: Steps
  readonly #routes: readonly RouteRecorder[]
  readonly #services: readonly ServiceRecorder[]
  readonly #pipelines: readonly PipelineRecorder[]
  readonly #broken: { readonly atMs: number; readonly what: string }[] = []
  readonly #alreadyBroken = new Set<string>()
  #step = 0

  constructor(sim: Simulation, untilMs: number, stepMs: number) {
    const { runtime } = sim
    const cast = sim.begin()
    const steps = new Steps(untilMs, stepMs)
    this.#sim = sim
    this.#steps = steps
    this.#routes = [...cast.loads.keys()].map((name) => new RouteRecorder(name, steps, cast.phases))
    this.#services = [...cast.services.values()].map((service) => new ServiceRecorder(service, steps))
    const watch = {
      now: () => runtime.now(),
      abandoned: (call: number) => this.#routeOf(call)?.abandoned(runtime.now()),
    }
    this.#pipelines = [...cast.pipelines].map(
      ([name, { live, definition }]) => new PipelineRecorder(name, live, definition.policies, steps, watch),
    )
    for (const service of cast.services.values()) {
      service.onRequest = ({ call, attempt, path }) => {
        this.#routeOf(call.id)?.attempted(runtime.now(), attempt === 1 && path === 0 && isOriginal(call.id))
      }
    }
    for (const [index, [name, { source, handler, withinMs }]] of [...cast.loads].entries()) {
      const route = this.#routes[index] as RouteRecorder
      const mistaken = (what: string): void => this.#break(what, what)
      const visits = new Visits({ world: runtime, number: index + 1, route, handler, withinMs, mistaken })
      if ('next' in source) new Load(runtime, name, source, visits).start()
      else clientsOf(runtime, name, source, visits).start()
    }
    this.#nextStep()
  }

  finish(): Recorded {
    const { runtime, cast } = this.#sim
    const { untilMs, stepMs } = this.#steps
    while (this.#step < this.#steps.count) this.#sample()
    for (const error of runtime.reported) {
      const what = `an error that belongs to no call: ${String(error)}`
      this.#break(what, what)
    }
    return {
      untilMs,
      stepMs,
      phases: cast.phases,
      traceHash: runtime.traceHash,
      eventCount: runtime.eventCount,
      routes: Object.fromEntries(this.#routes.map((route) => [route.name, route.series()])),
      services: Object.fromEntries(this.#services.map((one) => [one.service.name, one.series()])),
      pipelines: Object.fromEntries(this.#pipelines.map((one) => [one.name, one.series()])),
      faults: cast.faults.toSorted((a, b) => a.atMs - b.atMs),
      sometimes: Object.fromEntries(cast.sometimes),
      broken: this.#broken,
    }
  }

  /** The last step ends with the run, after all that happens at its very end. */
  #nextStep(): void {
    const end = (this.#step + 1) * this.#steps.stepMs
    if (end >= this.#steps.untilMs) return
    this.#sim.runtime.scheduleQuiet(end, () => {
      this.#sample()
      this.#nextStep()
    })
  }

  #sample(): void {
    for (const service of this.#services) {
      service.sample(this.#step)
      this.#demand(`${service.service.name} keeps its books`, () => {
        service.service.check()
        return true
      })
    }
    for (const pipeline of this.#pipelines) {
      pipeline.sample(this.#step)
      this.#demand(`${pipeline.name} keeps its permits`, () => {
        pipeline.pipeline.check()
        return true
      })
    }
    for (const [name, holds] of this.#sim.cast.invariants) this.#demand(name, holds)
    this.#step++
  }

  #demand(name: string, holds: () => boolean): void {
    if (this.#alreadyBroken.has(name)) return
    let what: string | undefined
    try {
      if (!holds()) what = name
    } catch (error) {
      what = `${name}: ${String(error)}`
    }
    if (what !== undefined) this.#break(name, what)
  }

  /** What is broken stays broken: told once. */
  #break(name: string, what: string): void {
    if (this.#alreadyBroken.has(name) || this.#alreadyBroken.size === MOST_BROKEN) return
    this.#alreadyBroken.add(name)
    this.#broken.push({ atMs: this.#sim.runtime.now(), what })
  }

  #routeOf(call: number): RouteRecorder | undefined {
    return this.#routes[routeNumberOf(call) - 1]
  }
}

function clientsOf(
  runtime: World,
  route: string,
  { clients, thinkTime, overMs }: DeclaredClients,
  visits: Visits,
): ClosedClients {
  const run = async ({ id }: ClientCall): Promise<void> => visits.send(id + 1, runtime.now())
  return new ClosedClients(runtime, route, { clients, thinkTime, over: overMs, run })
}
