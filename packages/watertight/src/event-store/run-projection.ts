import { Emitter, type Unsubscribe } from '../runtime/emitter.ts'
import { WatertightError } from '../runtime/error.ts'
import { requirePositiveInteger } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { ProjectionEffect } from './effect-gate.ts'
import type { ParkedKey } from './parked-key.ts'
import type { Projection } from './projection.ts'
import { ProjectionHandler } from './projection-handler.ts'
import type { ReadModelTarget } from './read-model-target.ts'
import { rowPlace } from './row-place.ts'
import { subscribe } from './subscription.ts'
import type { Subscription } from './subscription-member.ts'
import type { SubscriptionEvents, SubscriptionOptions } from './subscription-options.ts'

const BATCH = 2_048

export interface RunProjectionOptions<Row = unknown>
  extends Omit<SubscriptionOptions, 'name' | 'types' | 'handle' | 'batch' | 'partitions'> {
  /** Most events folded into one commit: a large history is read faster in larger ones. Default: 2,048. */
  readonly batch?: number
  /** Where the rows are kept. Default: in the store. */
  readonly target?: ReadModelTarget
  /** So many processes may die of an event before it is parked with its row. Default: 3. */
  readonly mostCrashes?: number
  /**
   * What to do in the world when rows change; never while the projection is rebuilt. Not for rows that are also written
   * inline: those have changed already when a follower comes to them.
   */
  readonly effect?: ProjectionEffect<Row>
}

/** What a running projection tells, beside what every subscription tells. */
export interface ProjectionEvents extends SubscriptionEvents {
  /** A row waits for a person: see {@link parkedKeys}. Reported to the runtime when nobody listens. */
  parked: { readonly name: string; readonly parked: ParkedKey }
}

/** A {@link Projection} that is being kept up. */
export interface RunningProjection extends Omit<Subscription, 'on'> {
  on<Type extends keyof ProjectionEvents>(type: Type, listener: (event: ProjectionEvents[Type]) => void): Unsubscribe
}

/**
 * Keeps a projection up behind the events: rows and checkpoint move in one commit, so every event counts once, whatever dies
 * in between. Each version of a projection has a checkpoint of its own and begins at the first event. Rows in a `target` are
 * written before the checkpoint moves, and take each event once by its place.
 *
 * An event that cannot be folded (its reducer throws, its row is refused by the target, or processes die of it) parks the row
 * it belongs to, not the log; where rows fold several streams the whole projection waits. See {@link parkedKeys}.
 *
 * @example
 * const running = runProjection(summary, { store, categories: ['cart'] })
 * const row = await readRow(summary, store, 'cart-17')
 * await running.close()
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function runProjection<Row>(projection: Projection<Row>, options: RunProjectionOptions<Row>): RunningProjection {
  const { target, effect, batch = BATCH, mostCrashes = 3, ...rest } = options
  const { store, runtime = systemRuntime } = rest
  const handler = new ProjectionHandler({
    projection,
    store,
    runtime,
    effect,
    place: rowPlace(projection, store, target),
    mostCrashes: requirePositiveInteger('mostCrashes', mostCrashes),
  })
  const member = subscribe({
    ...rest,
    batch,
    name: projection.checkpoint,
    types: projection.types,
    handle: (events, context) => handler.handle(events, context),
  })
  return new Running(member, handler, runtime)
}

class Running implements RunningProjection {
  readonly #member: Subscription
  readonly #events: Emitter<Pick<ProjectionEvents, 'parked'>>

  constructor(
    member: Subscription,
    handler: Pick<ProjectionHandler<unknown>, 'openGate' | 'takeParked'>,
    runtime: Runtime,
  ) {
    this.#member = member
    this.#events = new Emitter((error) => runtime.report(error))
    member.on('owned', () => {
      // Should it fail, it is done with the first batch.
      handler.openGate().catch(() => undefined)
    })
    // After the commit: what is told has happened.
    member.on('handled', () => {
      for (const parked of handler.takeParked()) {
        if (this.#events.observed('parked')) this.#events.emit('parked', { name: this.name, parked })
        else runtime.report(untold(this.name, parked))
      }
    })
  }

  get name(): string {
    return this.#member.name
  }

  get active(): boolean {
    return this.#member.active
  }

  lag(): Promise<number> {
    return this.#member.lag()
  }

  on<Type extends keyof ProjectionEvents>(type: Type, listener: (event: ProjectionEvents[Type]) => void): Unsubscribe {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each type goes with its event
    const any = listener as (event: unknown) => void
    return type === 'parked' ? this.#events.on(type, any) : this.#member.on(type, any)
  }

  close(): Promise<void> {
    return this.#member.close()
  }
}

function untold(name: string, { key, event, error, stops }: ParkedKey): WatertightError {
  const what = stops ? 'all of it waits' : 'the row waits'
  return new WatertightError(
    'PARKED',
    `Row ${key} of ${name} cannot take ${event.type} at ${event.position}, ${what}: ${error.message}`,
    { source: name },
  )
}
