import { invalidOption, refuseUnknown, requirePositiveInteger } from '../runtime/option.ts'
import { DEFAULT_TENANT, type NewEvent, type StreamId } from '../store/event.ts'

/**
 * The name of a type of event, or what makes its events (`decider(…).events.itemAdded`), which knows the shape of its data
 * and how older data is lifted to it.
 */
export type EventType<Data> =
  | string
  | (((data: Data) => unknown) & {
      readonly type: string
      readonly lift?: (schema: number, data: unknown) => unknown
    })

/** An event as a projection sees it: stored already, or about to be. */
export interface ProjectedEvent extends NewEvent {
  readonly stream: StreamId
}

/**
 * Makes the next row of an earlier one, which is `undefined` at first; returning `undefined` deletes it. Pure: it may be
 * called again with the same. `data` is lifted to today's shape where the type is given as a decider's event creator; where
 * it is given as text, it has the shape it was stored in, which `event.schema` tells.
 */
export type RowReducer<Row, Data> = (row: Row | undefined, data: Data, event: ProjectedEvent) => Row | undefined

export interface ProjectionOptions {
  /** Raise it when the rows change their shape or meaning: each version has rows and a checkpoint of its own. */
  readonly version: number
  /**
   * The row an event belongs to; `undefined` for none. Default: the id of its stream. Rows that events of several streams
   * write, as they also do without a key where the types are of several categories, can be kept by a subscription only, not
   * inline; and an event that cannot be folded stops all of them.
   */
  readonly key?: (event: ProjectedEvent) => string | undefined
}

/**
 * How events fold into rows. A value: it can be kept up in the commit of the events ({@link inlineRows}) or behind them
 * ({@link runProjection}).
 */
export interface Projection<Row> {
  readonly name: string
  readonly version: number
  /** The types it folds. */
  readonly types: readonly string[]
  /** Whether each stream has a row of its own, and no other: no key was given, and all types begin with one category. */
  readonly perStream: boolean
  /** Names its checkpoint: one for each version. */
  readonly checkpoint: string
  /** The projection with one more type of event. */
  on<Data = unknown>(type: EventType<Data>, reducer: RowReducer<Row, Data>): Projection<Row>
  keyOf(event: ProjectedEvent): string | undefined
  /** The next row; the same one when the event is of no interest. */
  apply(row: Row | undefined, event: ProjectedEvent): Row | undefined
  /** The table of its rows: one for each version and tenant. */
  table(tenant?: string): string
}

/**
 * Begins a projection.
 *
 * @example
 * const summary = projection<{ n: number }>('order-summary', { version: 1 })
 *   .on<{ quantity: number }>('cart.itemAdded', (row = { n: 0 }, { quantity }) => ({ n: row.n + quantity }))
 *
 * @throws WatertightError `INVALID_OPTION`; also when a type is given twice.
 */
export function projection<Row>(name: string, options: ProjectionOptions): Projection<Row> {
  refuseUnknown('projection', options, ['version', 'key'])
  // The name is part of a table's name, beside version and tenant: these two characters part them.
  if (!/^[^@/]+$/.test(name)) throw invalidOption('name', name, 'a string of at least one character, without @ and /')
  const version = requirePositiveInteger('version', options.version)
  return new FoldedProjection<Row>(name, version, options.key, new Map())
}

type AnyReducer<Row> = (row: Row | undefined, event: ProjectedEvent) => Row | undefined

class FoldedProjection<Row> implements Projection<Row> {
  readonly name: string
  readonly version: number
  readonly perStream: boolean
  readonly #key: ProjectionOptions['key']
  readonly #reducers: ReadonlyMap<string, AnyReducer<Row>>

  constructor(
    name: string,
    version: number,
    key: ProjectionOptions['key'],
    reducers: ReadonlyMap<string, AnyReducer<Row>>,
  ) {
    this.name = name
    this.version = version
    this.#key = key
    this.#reducers = reducers
    this.perStream = key === undefined && new Set([...reducers.keys()].map(categoryOf)).size <= 1
  }

  get types(): readonly string[] {
    return [...this.#reducers.keys()]
  }

  get checkpoint(): string {
    return `projection/${this.name}@${this.version}`
  }

  on<Data = unknown>(type: EventType<Data>, reducer: RowReducer<Row, Data>): Projection<Row> {
    const name = typeof type === 'string' ? type : type.type
    if (this.#reducers.has(name)) throw invalidOption('type', name, `given once to projection ${this.name}`)
    const lift = typeof type === 'string' ? undefined : type.lift
    const any: AnyReducer<Row> = (row, event) => {
      const data = lift ? lift(event.schema, event.data) : event.data
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape of stored data is what the type's owner says
      return reducer(row, data as Data, event)
    }
    return new FoldedProjection(this.name, this.version, this.#key, new Map([...this.#reducers, [name, any]]))
  }

  keyOf(event: ProjectedEvent): string | undefined {
    return this.#key ? this.#key(event) : event.stream.id
  }

  apply(row: Row | undefined, event: ProjectedEvent): Row | undefined {
    const reducer = this.#reducers.get(event.type)
    return reducer ? reducer(row, event) : row
  }

  table(tenant: string = DEFAULT_TENANT): string {
    const table = `${this.name}@${this.version}`
    return tenant === DEFAULT_TENANT ? table : `${table}/${tenant}`
  }
}

function categoryOf(type: string): string {
  return type.slice(0, Math.max(0, type.indexOf('.')))
}
