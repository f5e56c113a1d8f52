import type { TimerWrite } from './commit.ts'
import type { StoredEvent, StreamId } from './event.ts'
import { decodeJson, decodeMeta } from './json.ts'
import type { Ledger, LeaseState, PastAppend, StreamState } from './ledger.ts'
import type { Position, Version } from './position.ts'
import type { PreparedAppend, PreparedCommit, PreparedEvent, PreparedRow } from './prepared-commit.ts'

interface MemoryEvent extends PreparedEvent {
  readonly stream: StreamId
  readonly version: Version
  readonly position: Position
  readonly at: number
}

interface MemoryStream extends StreamState {
  readonly id: StreamId
  version: Version
  closed: boolean
  /** The last version that was deleted: `events` begin behind it. */
  truncated: Version
  readonly events: MemoryEvent[]
  readonly appends: Map<string, PastAppend>
}

interface MemoryRow {
  readonly text: string
  readonly version: Version
}

interface MemoryTimer {
  readonly stream: StreamId
  readonly dueAt: number
  readonly arming: number
}

/** Both clocks of a store: one that never steps for what lives and dies with the process, one for records. */
export interface MemoryClock {
  now(): number
  wallTime(): number
}

/** The tables of a store as maps. Payloads stay text, so that nothing is shared with the caller and JSON keeps what it keeps. */
export class MemoryLedger implements Ledger<MemoryStream> {
  /** The event of position n at index n - 1; nothing where it was deleted. */
  readonly log: (MemoryEvent | undefined)[] = []
  readonly tables: Map<string, Map<string, MemoryRow>> = new Map()
  readonly timers: Map<string, MemoryTimer> = new Map()
  readonly #clock: MemoryClock
  readonly #streams = new Map<string, MemoryStream>()
  /** When each message was handled. */
  readonly #inbox = new Map<string, number>()
  readonly #checkpoints = new Map<string, Position>()
  readonly #keys = new Map<string, StreamId>()
  readonly #leases = new Map<string, LeaseState>()
  #armings = 0

  constructor(clock: MemoryClock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  lastPosition(): Position {
    return this.log.length
  }

  stream(id: StreamId): MemoryStream {
    return (
      this.#streams.get(keyOf(id)) ?? { id, version: 0, closed: false, truncated: 0, events: [], appends: new Map() }
    )
  }

  pastAppend(stream: MemoryStream, appendId: string): PastAppend | undefined {
    return stream.appends.get(appendId)
  }

  contents(stream: MemoryStream, after: Version, upTo: Version): readonly PreparedEvent[] {
    return stream.events.slice(after - stream.truncated, upTo - stream.truncated)
  }

  append(stream: MemoryStream, { appendId, events }: PreparedAppend): Position {
    this.#streams.set(keyOf(stream.id), stream)
    const at = this.#clock.wallTime()
    for (const event of events) {
      stream.version++
      const stored = { ...event, stream: stream.id, version: stream.version, position: this.log.length + 1, at }
      stream.events.push(stored)
      this.log.push(stored)
    }
    const position = this.log.length
    stream.appends.set(appendId, { version: stream.version, size: events.length, position })
    return position
  }

  truncate(stream: MemoryStream, upTo: Version): void {
    for (const { position } of stream.events.splice(0, upTo - stream.truncated)) this.log[position - 1] = undefined
    for (const [id, { version, size }] of stream.appends) if (version - size < upTo) stream.appends.delete(id)
    stream.truncated = Math.max(stream.truncated, upTo)
  }

  close(stream: MemoryStream): void {
    stream.closed = true
  }

  hasSeen(inbox: NonNullable<PreparedCommit['inbox']>): boolean {
    return this.#inbox.has(inboxKey(inbox))
  }

  markSeen(inbox: NonNullable<PreparedCommit['inbox']>): void {
    this.#inbox.set(inboxKey(inbox), this.now())
  }

  /** How many messages that were handled before `until` are forgotten now, of at most `max`. */
  pruneInbox(until: number, max: number): number {
    const old = [...this.#inbox].filter(([, at]) => at < until).slice(0, max)
    for (const [key] of old) this.#inbox.delete(key)
    return old.length
  }

  checkpoint(name: string): Position {
    return this.#checkpoints.get(name) ?? 0
  }

  moveCheckpoint(name: string, to: Position): void {
    this.#checkpoints.set(name, to)
  }

  keyHolder(key: string): StreamId | undefined {
    return this.#keys.get(key)
  }

  takeKey(key: string, holder: StreamId): void {
    this.#keys.set(key, holder)
  }

  freeKey(key: string): void {
    this.#keys.delete(key)
  }

  rowVersion(table: string, key: string): Version {
    return this.tables.get(table)?.get(key)?.version ?? 0
  }

  writeRow({ table, key, value }: PreparedRow, version: Version): void {
    const rows = this.tables.get(table) ?? new Map<string, MemoryRow>()
    this.tables.set(table, rows)
    if (value === null) rows.delete(key)
    else rows.set(key, { text: value, version })
  }

  setTimer({ key, inMs, stream }: TimerWrite): void {
    this.timers.set(key, { stream, dueAt: this.now() + inMs, arming: ++this.#armings })
  }

  clearTimer(key: string): void {
    this.timers.delete(key)
  }

  lease(name: string): LeaseState | undefined {
    return this.#leases.get(name)
  }

  writeLease(lease: string, state: LeaseState): void {
    this.#leases.set(lease, state)
  }
}

/** An event of the ledger as a reader gets it: every reader its own copy of the payload. */
export function toStored(event: MemoryEvent): StoredEvent {
  const { id, type, schema, data, subject, meta, stream, version, position, at } = event
  return {
    id,
    type,
    schema,
    data: decodeJson(data),
    ...(subject !== null && { subject }),
    meta: decodeMeta(meta),
    stream,
    version,
    position,
    at,
  }
}

// NUL cannot occur in a name, so no two streams share a key.
function keyOf({ tenant, category, id }: StreamId): string {
  return `${tenant}\0${category}\0${id}`
}

function inboxKey({ consumer, generation, id }: NonNullable<PreparedCommit['inbox']>): string {
  return `${consumer}\0${generation}\0${id}`
}
