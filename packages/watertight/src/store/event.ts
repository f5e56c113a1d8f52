import type { Position, Version } from './position.ts'

/** Names a stream. Three separate parts, never one glued string: no part needs escaping. */
export interface StreamId {
  readonly tenant: string
  readonly category: string
  readonly id: string
}

/** The tenant of systems that have only one. */
export const DEFAULT_TENANT = 'default'

/**
 * Names a stream of a category.
 *
 * @example
 * streamId('order', '536365') // { tenant: 'default', category: 'order', id: '536365' }
 */
export function streamId(category: string, id: string, tenant: string = DEFAULT_TENANT): StreamId {
  return { tenant, category, id }
}

/** Who and what caused an event. */
export interface EventMeta {
  /** The id that all events of one piece of business share. */
  readonly correlation: string
  /** The id of the command or event that led to this one. */
  readonly causation: string
  /** W3C trace context, where there is a trace. */
  readonly traceparent?: string
  readonly actor?: string
}

/** An event before it is stored. */
export interface NewEvent {
  /** UUIDv7, from `runtime.id()`. */
  readonly id: string
  /** Category and name, such as `cart.itemAdded`. */
  readonly type: string
  /** The version of the shape of `data`; upcasters raise it on reading. */
  readonly schema: number
  /** JSON data: what `JSON.stringify` keeps. Any string is kept exactly, NUL and lone surrogates included. */
  readonly data: unknown
  /** The person the data is about, for forgetting. */
  readonly subject?: string
  readonly meta: EventMeta
}

/** An event as the store gives it back. */
export interface StoredEvent extends NewEvent {
  readonly stream: StreamId
  readonly version: Version
  readonly position: Position
  /** Epoch milliseconds by the store's clock. */
  readonly at: number
}
