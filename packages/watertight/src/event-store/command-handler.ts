import { isWatertightError, WatertightError } from '../runtime/error.ts'
import { requirePositiveInteger } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Version } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import type { CommitParts } from './commit-parts.ts'
import { withParts } from './commit-parts.ts'
import type { CommandOf, Decider, EventOf } from './decider.ts'
import { inlineRows } from './inline-rows.ts'
import { type Decided, type DecideOptions, prepare } from './prepare.ts'
import type { Projection } from './projection.ts'
import type { Rejection } from './rejection.ts'

const ATTEMPTS = 10
/** So many conflicts are met at once, without a wait. */
const QUICK_ATTEMPTS = 3
const PAUSE_MS = 10

export interface SendOptions<State, Events> extends DecideOptions {
  /** Parts for the same commit; made anew after a conflict. */
  readonly also?: (decided: Decided<State, Events>) => CommitParts | undefined | Promise<CommitParts | undefined>
  /** Projections with a row for each stream, which are brought up in the same commit: see {@link inlineRows}. */
  readonly inline?: readonly Projection<unknown>[]
  /** How often at most a conflict is met by deciding again. Default: 10. */
  readonly attempts?: number
}

/** A command that led to events, or was repeated, or was answered with no. */
export type Sent<Events> =
  | {
      readonly ok: true
      readonly version: Version
      readonly token: string
      readonly events: readonly EventOf<Events>[]
      /** The command had been handled before, under its idempotency key. */
      readonly repeated: boolean
    }
  | { readonly ok: false; readonly rejection: Rejection }

/**
 * Handles a command: looks for a repetition, reads, decides, appends; decides again when somebody was faster.
 *
 * @throws WatertightError `CONFLICT` when the stream is not as `expected`, or (retryable) was faster `attempts` times;
 *   `SCHEMA_UNKNOWN`; the code of a refused part of `also`; and the store's.
 * @example
 * const sent = await send(store, cart, id, cart.commands.addItem(item), { idempotencyKey: key })
 * if (!sent.ok) return answer(409, sent.rejection.code)
 */
export async function send<State, Events, Commands>(
  store: Store,
  definition: Decider<State, Events, Commands>,
  id: string,
  command: CommandOf<Commands>,
  options: SendOptions<State, Events> = {},
): Promise<Sent<Events>> {
  const { runtime = systemRuntime, also, inline = [] } = options
  const attempts = requirePositiveInteger('attempts', options.attempts ?? ATTEMPTS)
  // A reply of the store can be lost, so every command has a key, whether its sender gave one or not.
  const named = { ...options, idempotencyKey: options.idempotencyKey ?? runtime.id() }
  for (let tries = 1; ; tries++) {
    try {
      const prepared = await prepare(store, definition, id, command, named)
      if (!prepared.ok) return prepared
      const { append, events, version, token, repeated, rows } = prepared
      const parts = repeated ? undefined : await also?.(prepared)
      if (append === undefined && parts === undefined) return { ok: true, version, token, events, repeated }
      const inlined = append ? await Promise.all(inline.map((one) => inlineRows(store, one, append))) : []
      const own = { appends: append ? [append] : [], rows: [...rows, ...inlined.flat()] }
      const committed = await store.commit(withParts(own, parts))
      if (committed.ok) {
        const written = append ? (committed.versions[0] ?? version) : version
        return { ok: true, version: written, token: committed.token, events, repeated: committed.repeated }
      }
      // An append id that was used meanwhile is this same command, sent twice at once.
      const isRace = committed.code === 'CONFLICT' || committed.code === 'ID_REUSED'
      if (!isRace || tries >= attempts) throw refused(definition.category, id, committed.code, committed.what)
    } catch (error) {
      if (!isWatertightError(error, 'STORE_UNAVAILABLE') || tries >= attempts) throw error
    }
    if (tries >= QUICK_ATTEMPTS) await pause(runtime, PAUSE_MS * tries * (0.5 + runtime.random('send')))
  }
}

function refused(category: string, id: string, code: string, what: string): WatertightError {
  return new WatertightError(code, `${category}/${id} was not written: ${what}.`, {
    source: category,
    retryable: code === 'CONFLICT',
  })
}

function pause(runtime: Runtime, ms: number): Promise<void> {
  return new Promise((resolve) => {
    runtime.timer(ms, resolve, true)
  })
}
