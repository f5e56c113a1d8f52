import { deepStrictEqual, fail } from 'node:assert/strict'
import type { CommandOf, Decider, EventOf } from '../event-store/decider.ts'
import type { Rejection } from '../event-store/rejection.ts'
import { isRejection } from '../event-store/rejection.ts'

/** The past of a stream under test. */
export interface Given<State, Events, Commands> {
  /** The state the past adds up to. */
  readonly state: State
  /** Decides a command. */
  when(command: CommandOf<Commands>): Outcome<State, Events>
}

/** What a command led to. Each check throws an `AssertionError` that shows the difference. */
export interface Outcome<State, Events> {
  /** The state after the events; the one before, when the command was rejected. */
  readonly state: State
  /** It led to exactly these events. */
  expectEvents(...events: readonly EventOf<Events>[]): void
  /** It led to nothing, and that was fine. */
  expectNothing(): void
  /** It was answered with this code, and with this detail when one is given. */
  expectRejection(code: string, detail?: unknown): void
}

/**
 * Tests a decider in its own words, with no store: given these events, when this command, expect those events. Everything
 * passes through JSON, as in a store, so that a `Date` or an `undefined` shows here and not in production.
 *
 * @example
 * given(cart, cart.events.closed({})).when(cart.commands.addItem(item)).expectRejection('CART_CLOSED')
 */
export function given<State, Events, Commands>(
  definition: Decider<State, Events, Commands>,
  ...past: readonly EventOf<Events>[]
): Given<State, Events, Commands> {
  const state = past.map(asStored).reduce((before, event) => definition.evolve(before, event), definition.initial)
  return {
    state,
    when: (command) => outcome(definition, state, definition.decide(asStored(command), state)),
  }
}

function outcome<State, Events, Commands>(
  definition: Decider<State, Events, Commands>,
  before: State,
  decision: readonly EventOf<Events>[] | Rejection,
): Outcome<State, Events> {
  const events = isRejection(decision) ? [] : decision.map(asStored)
  const expectEvents = (expected: readonly EventOf<Events>[]): void => {
    if (isRejection(decision)) fail(`Expected events, but the command was rejected with ${decision.code}.`)
    deepStrictEqual(events, expected.map(asStored))
  }
  return {
    state: events.reduce((state, event) => definition.evolve(state, event), before),
    expectEvents: (...expected) => expectEvents(expected),
    expectNothing: () => expectEvents([]),
    expectRejection(code, detail) {
      if (!isRejection(decision))
        fail(`Expected the rejection ${code}, but the command led to ${events.length} events.`)
      deepStrictEqual(decision.code, code)
      if (detail !== undefined) deepStrictEqual(decision.detail, detail)
    },
  }
}

function asStored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
