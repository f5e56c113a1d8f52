import { invalidOption, refuseUnknown, requireText } from '../runtime/option.ts'
import type { StoredEvent } from '../store/event.ts'
import { type PersonalFields, personalSettings, type PersonalSettings } from './personal-data/personal-settings.ts'
import type { Rejection } from './rejection.ts'
import { isRejection } from './rejection.ts'
import { type SnapshotOptions, snapshotSettings, type SnapshotSettings } from './snapshot.ts'
import type { Upcasters } from './upcasting.ts'
import { Upcasting } from './upcasting.ts'

/** What happened, before it is stored. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type
  /** JSON data. */
  readonly data: Data
}

/** What somebody wants to happen. */
export interface Command<Type extends string = string, Data = unknown> {
  readonly type: Type
  readonly data: Data
}

/** Any event of a decider, told apart by `type`. */
export type EventOf<Events> = { [Type in keyof Events & string]: DomainEvent<Type, Events[Type]> }[keyof Events &
  string]

/** Any command of a decider, told apart by `type`. */
export type CommandOf<Commands> = { [Type in keyof Commands & string]: Command<Type, Commands[Type]> }[keyof Commands &
  string]

/** One event, several, none, or no. */
export type Decision<Events> = EventOf<Events> | readonly EventOf<Events>[] | Rejection

export interface DeciderOptions<State, Events, Commands> {
  /** The state of a stream without events. */
  readonly initial: State
  /** What each event does to the state. Pure, and total: an event that is stored has happened. */
  readonly evolve: { readonly [Type in keyof Events]: (state: State, data: Events[Type]) => State }
  /**
   * What each command leads to, given the state. Pure: it may be called again after a conflict. Write the state as a parameter
   * also where it is not used: TypeScript then looks at `evolve` first, which says what events there are.
   */
  readonly decide: {
    readonly [Type in keyof Commands]: (data: Commands[Type], state: State) => Decision<NoInfer<Events>>
  }
  /** How old events are read. */
  readonly upcast?: Upcasters
  /** Keeps the state of long streams. Default: every event is read each time. */
  readonly snapshot?: SnapshotOptions<NoInfer<State>>
  /** What of the events is personal data: sealed before they are stored, or anything is made of them. */
  readonly personal?: PersonalFields<NoInfer<Events>>
}

/** Makes an event of one type; `type` is the name it is stored under, for subscriptions and projections. */
export interface EventCreator<Type extends string, Data> {
  (data: Data): DomainEvent<Type, Data>
  readonly type: string
  /** Lifts data of an older schema to today's shape. */
  lift(schema: number, data: unknown): unknown
}

/** Three pure functions that are an aggregate: the first state, what a command leads to, what an event does. */
export interface Decider<State = unknown, Events = unknown, Commands = unknown> {
  readonly category: string
  readonly initial: State
  readonly events: { readonly [Type in keyof Events & string]: EventCreator<Type, Events[Type]> }
  readonly commands: {
    readonly [Type in keyof Commands & string]: (data: Commands[Type]) => Command<Type, Commands[Type]>
  }
  readonly upcasting: Upcasting
  readonly snapshot: SnapshotSettings<State> | undefined
  readonly personal: PersonalSettings | undefined
  /** The events a command leads to, or the rejection. */
  decide(command: CommandOf<Commands>, state: State): readonly EventOf<Events>[] | Rejection
  /** The state after an event; an event of a type that is not known leaves it as it is. */
  evolve(state: State, event: DomainEvent): State
}

/**
 * Defines an aggregate: its events live in streams of `category`, one stream for each id.
 *
 * @throws WatertightError `INVALID_OPTION`
 * @example
 * export const cart = decider('cart', {
 *   initial: { closed: false, items: {} } as Cart,
 *   evolve: { itemAdded: (s, e: ItemAdded) => put(s, e.sku, e.quantity) },
 *   decide: { addItem: (c: AddItem, s) => (s.closed ? reject('CART_CLOSED') : { type: 'itemAdded', data: c }) },
 *   upcast: { 'itemAdded@1': (data) => ({ quantity: 1, ...data }) },
 * })
 * await send(store, cart, id, cart.commands.addItem({ sku: '85123A', quantity: 6 }), { idempotencyKey })
 */
export function decider<State, Events, Commands>(
  category: string,
  options: DeciderOptions<State, Events, Commands>,
): Decider<State, Events, Commands> {
  requireText('category', category)
  refuseUnknown(`decider ${category}`, options, ['initial', 'evolve', 'decide', 'upcast', 'snapshot', 'personal'])
  const { initial, upcast = {}, snapshot, personal } = options
  const evolve = new Map(Object.entries<(state: State, data: never) => State>(options.evolve))
  const decide = new Map(Object.entries<(data: never, state: State) => Decision<Events>>(options.decide))
  const upcasting = new Upcasting(upcast, [...evolve.keys()])
  return {
    category,
    initial,
    events: creators([...evolve.keys()], (type) =>
      Object.assign((data: unknown) => ({ type, data }), {
        type: storedType(category, type),
        lift: (schema: number, data: unknown) => upcasting.lift(type, schema, data),
      }),
    ) as Decider<State, Events, Commands>['events'],
    commands: creators([...decide.keys()], (type) => (data: unknown) => ({ type, data })) as Decider<
      State,
      Events,
      Commands
    >['commands'],
    upcasting,
    snapshot: snapshot && snapshotSettings(`decider ${category}`, snapshot),
    personal: personal && personalSettings(category, personal, [...evolve.keys()]),
    decide(command, state) {
      const decided = decide.get(command.type)
      if (decided === undefined) throw invalidOption('command', command.type, `one of ${[...decide.keys()].join(', ')}`)
      const decision = decided(command.data as never, state)
      return isRejection(decision) || isList(decision) ? decision : [decision]
    },
    evolve: (state, { type, data }) => evolve.get(type)?.(state, data as never) ?? state,
  }
}

/** The name an event is stored under: category and type. */
export function storedType(category: string, type: string): string {
  return `${category}.${type}`
}

/** A stored event as its decider knows it, in today's shape. Events of other categories keep their whole name. */
export function domainEvent<Events>(
  { category, upcasting }: Decider<unknown, Events>,
  stored: StoredEvent,
): EventOf<Events> {
  const prefix = storedType(category, '')
  const type = stored.type.startsWith(prefix) ? stored.type.slice(prefix.length) : stored.type
  return { type, data: upcasting.lift(type, stored.schema, stored.data) } as EventOf<Events>
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

function creators<Made>(types: readonly string[], make: (type: string) => Made): Readonly<Record<string, Made>> {
  return Object.fromEntries(types.map((type) => [type, make(type)]))
}
