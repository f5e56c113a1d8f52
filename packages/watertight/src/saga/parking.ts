import { WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { KeyedRow, Store } from '../store/store.ts'
import { definitionKey } from './definition.ts'
import type { SagaDefinition } from './definition.ts'
import { instanceCommit, readInstance } from './instance-commit.ts'
import { asStored } from './json-value.ts'
import type { PartsMaker } from './recorded-parts.ts'
import { partsOf } from './recorded-parts.ts'
import type { SagaEvent } from './saga-event.ts'
import type { SagaState } from './state.ts'
import { fold } from './state.ts'
import type { StepPlan } from './step.ts'
import { keyOf } from './step-context.ts'
import { isPastPivot, skipped, succeeded, turnedBack, undone } from './transition.ts'
import type { InstanceId, ParkedRow, UnfinishedRow } from './unfinished-index.ts'
import { PARKED, UNFINISHED } from './unfinished-index.ts'

const ATTEMPTS = 10
const PAGE = 1_000

/** An instance that waits for a person. */
export type ParkedSaga = ParkedRow

/** An unfinished instance that no definition of this engine fits: it is left alone. */
export interface UnclaimedSaga extends InstanceId {
  readonly version: number
  readonly digest: string
}

export interface ParkingOptions {
  readonly runtime: Runtime
  readonly store: Store
  readonly definitions: ReadonlyMap<string, SagaDefinition>
  /** Events were recorded; whoever owns the instance finds a hint. */
  readonly onWritten: (id: InstanceId, events: readonly SagaEvent[], state: SagaState) => void
}

interface Decision {
  readonly events: readonly SagaEvent[]
  readonly parts?: PartsMaker | undefined
}

type Decide = (definition: SagaDefinition, state: SagaState) => Decision | undefined

/**
 * What a person may do with an instance. Each act is one commit at the exact version that was looked at, so two people,
 * or a person and a running engine, can never do two different things.
 */
export class Parking {
  readonly #options: ParkingOptions

  constructor(options: ParkingOptions) {
    this.#options = options
  }

  /** All parked instances. */
  async list(): Promise<readonly ParkedSaga[]> {
    const rows = await this.#scan(PARKED)
    return rows.map(({ value }) => value as ParkedRow)
  }

  async unclaimed(): Promise<readonly UnclaimedSaga[]> {
    const rows = (await this.#scan(UNFINISHED)).map(({ value }) => value as UnfinishedRow)
    const isUnclaimed = ({ saga, version, digest }: UnfinishedRow): boolean =>
      this.#options.definitions.get(definitionKey(saga, version))?.digest !== digest
    return rows.filter(isUnclaimed).map(({ saga, id, version, digest }) => ({ saga, id, version, digest }))
  }

  async retry(id: InstanceId, reason: string): Promise<void> {
    await this.#act(id, (_, state) => {
      requireParked(id, state)
      return { events: [{ type: 'resumed', data: { reason } }] }
    })
  }

  async skip(id: InstanceId, name: string, reason: string): Promise<void> {
    await this.#act(id, (definition, state) => {
      const step = parkedStep(id, definition, state, name)
      const isUndo = state.parkedWhile === 'compensating'
      return { events: isUndo ? undone(definition, state, step, reason) : skipped(definition, step, reason, 'unknown') }
    })
  }

  async supply(id: InstanceId, name: string, value: unknown, reason: string): Promise<void> {
    const result = asStored(value)
    await this.#act(id, (definition, state) => {
      const step = parkedStep(id, definition, state, name)
      if (state.parkedWhile === 'compensating') {
        throw refusal('SAGA_TURNED_BACK', id, `is being undone: ${name} needs no result, it can be retried or skipped`)
      }
      const { actions } = step
      const { input, results } = state
      const context = { input, results, result, key: keyOf(id, step), sagaId: id.id }
      return {
        events: succeeded(definition, step, result, reason),
        parts: actions.record && (() => actions.record?.(context)),
      }
    })
  }

  async cancel(id: InstanceId, reason: string): Promise<void> {
    await this.#act(id, (definition, state) => {
      if (state.status === 'completed') throw refusal('SAGA_ENDED', id, 'is completed')
      if (state.cause !== undefined) return undefined
      if (isPastPivot(definition, state)) throw refusal('SAGA_PAST_PIVOT', id, 'is past its pivot: it can only go on')
      return { events: turnedBack(definition, state, { kind: 'cancelled', message: reason }, 'unknown') }
    })
  }

  async #act(id: InstanceId, decide: Decide): Promise<void> {
    const { runtime, store, definitions, onWritten } = this.#options
    for (let tries = 1; tries <= ATTEMPTS; tries++) {
      const { events: past } = await readInstance(store, id, 0)
      if (past.length === 0) throw refusal('SAGA_NOT_FOUND', id, 'does not exist')
      const before = fold(undefined, past)
      const definition = definitions.get(definitionKey(before.saga, before.definitionVersion))
      if (definition?.digest !== before.digest) {
        throw refusal('SAGA_UNKNOWN', id, `is of version ${before.definitionVersion}, which this engine does not have`)
      }
      const decision = decide(definition, before)
      if (decision === undefined) return
      const { events } = decision
      const parts = await partsOf({ definition, id, before, events }, decision.parts)
      const committed = await store.commit(instanceCommit({ runtime, instance: id, before, events, parts }))
      if (committed.ok) return onWritten(id, events, fold(before, events))
      if (committed.code !== 'CONFLICT') throw refusal(committed.code, id, `was refused: ${committed.what}`)
    }
    throw refusal('CONFLICT', id, `changed each of ${ATTEMPTS} times; try again`)
  }

  async #scan(table: string): Promise<readonly KeyedRow[]> {
    const rows: KeyedRow[] = []
    for (;;) {
      const after = rows.at(-1)?.key
      const page = await this.#options.store.scanRows(table, after === undefined ? { max: PAGE } : { after, max: PAGE })
      rows.push(...page)
      if (page.length < PAGE) return rows
    }
  }
}

function requireParked(id: InstanceId, state: SagaState): void {
  if (state.status !== 'parked') throw refusal('SAGA_NOT_PARKED', id, `is ${state.status}, not parked`)
}

function parkedStep(id: InstanceId, definition: SagaDefinition, state: SagaState, name: string): StepPlan {
  requireParked(id, state)
  const parkedAt = state.parkedBecause?.step
  const step = definition.steps.find((one) => one.name === name)
  if (step === undefined || name !== parkedAt) {
    throw refusal('SAGA_OTHER_STEP', id, `is parked at ${parkedAt}, not at ${name}`)
  }
  return step
}

function refusal(code: string, { saga, id }: InstanceId, why: string): WatertightError {
  return new WatertightError(code, `Saga ${saga}/${id} ${why}.`, { source: saga, retryable: code === 'CONFLICT' })
}
