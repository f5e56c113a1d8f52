import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { WatertightError } from '../../runtime/error.ts'
import { invalidOption, refuseUnknown, requireText } from '../../runtime/option.ts'
import type { JsonObject } from './json-value.ts'
import { plainOptions } from './option-path.ts'
import { Plan } from './plan.ts'
import type { Simulation } from './simulation.ts'

/** The configurations of a scenario, as plain data, and how closely it is watched. */
export interface ScenarioOptions<Options extends object> {
  /** What is rehearsed. Plain data, so that it can be compared, varied and pasted back. Default: none. */
  readonly options?: Options
  /** The same system without its protection: it has to fail where the other holds. Default: none. */
  readonly control?: NoInfer<Options>
  /** The length of one step of every series. Default: `'1s'`. */
  readonly step?: Duration
}

/** A day that a system has to live through: what {@link scenario} makes, and `rehearse` runs. */
export class Scenario {
  readonly name: string
  readonly options: JsonObject
  readonly control: JsonObject | undefined
  readonly stepMs: number
  readonly #body: (sim: Simulation, options: JsonObject) => Plan

  constructor(
    name: string,
    options: JsonObject,
    control: JsonObject | undefined,
    stepMs: number,
    body: (sim: Simulation, options: JsonObject) => Plan,
  ) {
    this.name = name
    this.options = options
    this.control = control
    this.stepMs = stepMs
    this.#body = body
  }

  /** Sets the scene in a simulation. @throws WatertightError `INVALID_OPTION`, and what the scenario's own function throws. */
  play(sim: Simulation, options: JsonObject): Plan {
    const plan: unknown = this.#body(sim, options)
    if (plan instanceof Plan) return plan
    throw new WatertightError(
      'INVALID_OPTION',
      `the function of scenario ${this.name} must return sim.until('600s'), with or without .expect(…)`,
    )
  }
}

// Files of a user may have found another copy of the package than the command line that runs them.
const BRAND = Symbol.for('watertight.scenario')
Object.defineProperty(Scenario.prototype, BRAND, { value: true })

/** Whether a value, such as the export of a file, is a {@link Scenario}, also one of another copy of the package. */
export function isScenario(value: unknown): value is Scenario {
  return typeof value === 'object' && value !== null && BRAND in value
}

const KNOWN = ['options', 'control', 'step'] as const

/**
 * Describes a day that a system has to live through: its services, its load, what goes wrong, and what is expected. The pipelines in
 * it are those of production, put on the simulation's runtime.
 *
 * @example
 * export const quietDay = scenario('quiet day', { options: { attempts: 3 } }, (sim, { attempts }) => {
 *   const mail = sim.service('mail', { instances: 2, pool: 10, serviceTime: exponential('20ms') })
 *   const mailing = sim.pipeline(pipeline('mail', retry({ attempts }), timeout('1s')))
 *   sim.load('letter', { rate: poisson(100) }, (call) => mailing.run((scope) => mail.request(scope), call))
 *   return sim.until('60s').expect(servedWell({ route: 'letter', success: 0.999 }))
 * })
 *
 * @throws WatertightError `INVALID_OPTION`, also when the options are no plain data.
 */
export function scenario<Options extends object>(
  name: string,
  given: ScenarioOptions<Options>,
  body: (sim: Simulation, options: Options) => Plan,
): Scenario {
  requireText('name', name)
  refuseUnknown(`scenario ${name}`, given, KNOWN)
  if (typeof body !== 'function') throw invalidOption('body', body, 'a function (sim, options) => sim.until(…)')
  return new Scenario(
    name,
    plainOptions(given.options ?? {}),
    given.control === undefined ? undefined : plainOptions(given.control, 'control'),
    toMilliseconds('step', given.step ?? '1s', { positive: true }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- options are given as plain data and come back as such
    (sim, options) => body(sim, options as Options),
  )
}
