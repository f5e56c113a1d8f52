import type { CommitParts } from '../event-store/commit-parts.ts'
import { WatertightError } from '../runtime/error.ts'
import { refuseUnknown, requirePositiveInteger } from '../runtime/option.ts'
import { fnv1a } from './fnv1a.ts'
import type { SagaCause } from './saga-event.ts'
import type { ResultOf, RetriableStepOptions, StepOptions, StepPlan } from './step.ts'
import { planStep, requireName } from './step-plan.ts'

/** How an instance ended; a parked one waits for a person. */
export type SagaEnd<Input = unknown, Results = Readonly<Record<string, unknown>>> = {
  readonly sagaId: string
  readonly input: Input
} & (
  | { readonly outcome: 'completed'; readonly results: Results }
  | { readonly outcome: 'compensated' | 'parked'; readonly results: Partial<Results>; readonly cause: SagaCause }
)

export interface SagaOptions<Input, Results> {
  /** 1, 2, 3 …: raise it with every change of the steps. Running instances keep theirs, so give the engine both. */
  readonly version: number
  /** Parts for the commit that ends or parks an instance: the domain's own last event, a row of a read model. */
  recordEnd?(end: SagaEnd<Input, Results>): CommitParts | undefined | Promise<CommitParts | undefined>
}

/** What a saga is made of; build it with {@link saga}. */
export interface SagaDefinition<Input = unknown, Results = unknown> {
  readonly name: string
  readonly version: number
  /** Tells one topology from another under the same version. */
  readonly digest: string
  readonly steps: readonly StepPlan[]
  readonly recordEnd: SagaOptions<unknown, Readonly<Record<string, unknown>>>['recordEnd'] | undefined
  /** Never present: carries the types of input and results. */
  readonly typed?: { readonly input: Input; readonly results: Results }
}

/** Before the first step there is no result. */
export type NoResults = object
type Added<Results, Name extends string, Returned, Optional> = Results & {
  readonly [N in Name]: Optional extends true ? ResultOf<Returned> | undefined : ResultOf<Returned>
}

/** Steps behind the pivot. */
export interface RetriableSteps<Input, Results> {
  /** Adds a step that is retried until it is done. Its name is part of its key: never change it. */
  step<Name extends string, Returned, const Optional extends boolean = false>(
    name: Name,
    options: RetriableStepOptions<Input, Results, Returned> & { readonly optional?: Optional },
  ): RetriableSteps<Input, Added<Results, Name, Returned, Optional>>
  /** Never present: carries the types. */
  readonly typed?: { readonly input: Input; readonly results: Results }
}

/** Steps before the pivot. */
export interface CompensableSteps<Input, Results> {
  /**
   * Adds a step. Its name is part of its key: never change it. `optional`: its failure is recorded as skipped and never
   * fails the saga; later steps see `undefined` for its result then.
   */
  step<Name extends string, Returned, const Optional extends boolean = false>(
    name: Name,
    options: StepOptions<Input, Results, Returned> & { readonly optional?: Optional },
  ): CompensableSteps<Input, Added<Results, Name, Returned, Optional>>
  /** The point of no return: the steps that follow are retried until they are done, and nothing is undone any more. */
  pivot(): RetriableSteps<Input, Results>
  /** Never present: carries the types. */
  readonly typed?: { readonly input: Input; readonly results: Results }
}

/**
 * Defines a saga, as data: an ordered list of named steps and a pivot.
 *
 * @throws WatertightError `INVALID_OPTION` for a name that is taken or malformed, an undo behind the pivot, no step at all.
 * @example
 * export const checkout = saga('checkout', { version: 1 }, (s: Input<Order>) => s
 *   .step('reserve', { run: stock.reserve, undo: stock.release })
 *   .step('charge', { run: pay.charge, undo: pay.refund, confirm: pay.findByKey, timeout: '30s', via: payments })
 *   .pivot()
 *   .step('ship', { run: ({ results, key }) => carrier.ship(results.reserve.parcel, key) })
 *   .step('notify', { run: mail.send, optional: true }))
 */
export function saga<Input, Results>(
  name: string,
  options: SagaOptions<Input, Results>,
  build: (
    steps: CompensableSteps<Input, NoResults>,
  ) => CompensableSteps<Input, Results> | RetriableSteps<Input, Results>,
): SagaDefinition<Input, Results> {
  requireName('saga name', name)
  refuseUnknown(`saga ${name}`, options, ['version', 'recordEnd'])
  const version = requirePositiveInteger('version', options.version)
  const list = new StepList<Input, NoResults>(name)
  build(list)
  const { steps } = list
  if (steps.length === 0) {
    throw new WatertightError('INVALID_OPTION', `Saga ${name} has no step; it needs at least one.`, { source: name })
  }
  return {
    name,
    version,
    digest: fnv1a(JSON.stringify(steps.map(topologyOf)))
      .toString(16)
      .padStart(8, '0'),
    steps,
    recordEnd: options.recordEnd && ((end) => options.recordEnd?.(end as SagaEnd<Input, Results>)),
  }
}

function topologyOf({ name, afterPivot, optional, actions }: StepPlan): readonly unknown[] {
  return [name, afterPivot, optional, actions.undo !== undefined, actions.confirm !== undefined]
}

class StepList<Input, Results> implements CompensableSteps<Input, Results> {
  readonly steps: StepPlan[] = []
  readonly #saga: string
  #afterPivot = false

  constructor(name: string) {
    this.#saga = name
  }

  step<Name extends string, Returned, const Optional extends boolean = false>(
    name: Name,
    options: StepOptions<Input, Results, Returned> & { readonly optional?: Optional },
  ): StepList<Input, Added<Results, Name, Returned, Optional>> {
    if (this.steps.some((step) => step.name === name)) {
      throw new WatertightError(
        'INVALID_OPTION',
        `Step ${name} stands twice in saga ${this.#saga}; a name belongs to one step.`,
        {
          source: this.#saga,
        },
      )
    }
    this.steps.push(planStep(name, options, { index: this.steps.length, afterPivot: this.#afterPivot }))
    return this as StepList<Input, Added<Results, Name, Returned, Optional>>
  }

  pivot(): RetriableSteps<Input, Results> {
    if (this.#afterPivot || this.steps.length === 0) {
      throw new WatertightError(
        'INVALID_OPTION',
        `Saga ${this.#saga} must have one pivot at most, behind its first step.`,
        {
          source: this.#saga,
        },
      )
    }
    this.#afterPivot = true
    return this
  }
}

/** Names a definition among all those an engine has. */
export function definitionKey(name: string, version: number): string {
  return `${name}@${version}`
}
