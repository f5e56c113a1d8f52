import { refuseUnknown, requirePositive } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import { applyCommit } from './apply-commit.ts'
import { ChangeHints } from './change-hints.ts'
import type { Commit, Committed, Fence } from './commit.ts'
import type { StreamId } from './event.ts'
import { GroupCommit, storeClosed } from './group-commit.ts'
import { requireName } from './invalid-commit.ts'
import { decodeJson } from './json.ts'
import { acquireLease, releaseLease, renewLease } from './lease.ts'
import { MemoryLedger, toStored } from './memory-ledger.ts'
import type { Position } from './position.ts'
import { prepareCommit, prepareStream } from './prepare-commit.ts'
import { requireFilter, requireMax, requirePlace, requireTtl } from './read-options.ts'
import type {
  DueTimer,
  KeyedRow,
  LogPage,
  PastAppendResult,
  ReadDue,
  ReadLog,
  ReadStream,
  Row,
  ScanRows,
  Store,
  StreamPage,
} from './store.ts'
import { tokenOf } from './token.ts'

export interface MemoryStoreOptions {
  /** Default: the system runtime. */
  readonly runtime?: Runtime
}

const MAX_GROUP = 256

/**
 * A store in memory: for tests and simulations, and the reference of what the port means. Its content ends with the process.
 * Deterministic on a virtual runtime. Leases and timers run on `runtime.now()`, events are stamped with `runtime.wallTime()`.
 *
 * @example
 * const store = memoryStore({ runtime: new VirtualRuntime() })
 * await store.commit({ appends: [{ stream, expected: 'absent', appendId: 'placed', events }] })
 *
 * @throws WatertightError `INVALID_OPTION` for an unknown option.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  refuseUnknown('memoryStore', options, ['runtime'])
  return new MemoryStore(options.runtime ?? systemRuntime)
}

class MemoryStore implements Store {
  readonly incarnation: string
  readonly #ledger: MemoryLedger
  readonly #group: GroupCommit
  readonly #hints = new ChangeHints()
  #closed = false

  constructor(runtime: Runtime) {
    this.incarnation = runtime.id()
    this.#ledger = new MemoryLedger(runtime)
    this.#group = new GroupCommit({
      runtime,
      maxGroup: MAX_GROUP,
      // Jobs check before they write, and writing to maps does not fail: there is never anything to undo.
      transactor: {
        begin: () => undefined,
        commit: () => {},
        rollback: () => {},
        committed: () => this.#hints.wake(this.#ledger.lastPosition()),
      },
    })
  }

  async commit(commit: Commit): Promise<Committed> {
    const prepared = prepareCommit(commit)
    return this.#group.run(() => applyCommit(this.#ledger, prepared, this.incarnation))
  }

  async readStream(id: StreamId, options: ReadStream = {}): Promise<StreamPage> {
    this.#requireOpen()
    const { events, version, truncated, closed } = this.#ledger.stream(prepareStream('stream', id))
    const max = requireMax(options.max)
    if (options.from !== undefined) requirePlace('from', options.from)
    const page = { version, ...(truncated > 0 && { truncated }), ...(closed && { closed }) }
    if (options.direction === 'backwards') {
      const from = Math.max(0, Math.min(options.from ?? version, version) - truncated)
      return {
        ...page,
        events: events
          .slice(Math.max(0, from - max), from)
          .toReversed()
          .map(toStored),
      }
    }
    const before = Math.max(0, (options.from ?? 1) - 1 - truncated)
    return { ...page, events: events.slice(before, before + max).map(toStored) }
  }

  async readLog({ after, max, tenant, categories }: ReadLog): Promise<LogPage> {
    this.#requireOpen()
    const { log } = this.#ledger
    const wanted = requireMax(max)
    requirePlace('after', after)
    requireFilter('tenant', tenant)
    for (const category of categories ?? []) requireName('category', category)
    const events = []
    for (let i = after; i < log.length && events.length < wanted; i++) {
      const event = log[i]
      if (event === undefined) continue
      if (tenant !== undefined && event.stream.tenant !== tenant) continue
      if (categories && !categories.includes(event.stream.category)) continue
      events.push(toStored(event))
    }
    return { events, settled: events.length === wanted ? (events.at(-1)?.position ?? after) : log.length }
  }

  async appended(id: StreamId, appendId: string): Promise<PastAppendResult | undefined> {
    this.#requireOpen()
    const past = this.#ledger.pastAppend(
      this.#ledger.stream(prepareStream('stream', id)),
      requireName('appendId', appendId),
    )
    return past && { version: past.version, size: past.size, token: tokenOf(this.incarnation, past.position) }
  }

  async row(table: string, key: string): Promise<Row | undefined> {
    this.#requireOpen()
    const row = this.#ledger.tables.get(requireName('table', table))?.get(requireName('key', key))
    return row && { value: decodeJson(row.text), version: row.version }
  }

  rows(table: string, keys: readonly string[]): Promise<readonly (Row | undefined)[]> {
    return Promise.all(keys.map((key) => this.row(table, key)))
  }

  async scanRows(table: string, { after, max }: ScanRows = {}): Promise<readonly KeyedRow[]> {
    this.#requireOpen()
    const wanted = requireMax(max)
    return [...(this.#ledger.tables.get(requireName('table', table)) ?? [])]
      .filter(([key]) => after === undefined || compareCodePoints(key, after) > 0)
      .toSorted(([a], [b]) => compareCodePoints(a, b))
      .slice(0, wanted)
      .map(([key, { text, version }]) => ({ key, value: decodeJson(text), version }))
  }

  async checkpoint(name: string): Promise<Position> {
    this.#requireOpen()
    return this.#ledger.checkpoint(requireName('checkpoint', name))
  }

  async acquire(lease: string, ttlMs: number): Promise<Fence | undefined> {
    const name = requireName('lease', lease)
    const ttl = requireTtl(ttlMs)
    return this.#group.run(() => acquireLease(this.#ledger, name, ttl))
  }

  async renew({ lease, epoch }: Fence, ttlMs: number): Promise<boolean> {
    const ttl = requireTtl(ttlMs)
    return this.#group.run(() => renewLease(this.#ledger, { lease, epoch }, ttl))
  }

  async release({ lease, epoch }: Fence): Promise<void> {
    return this.#group.run(() => releaseLease(this.#ledger, { lease, epoch }))
  }

  async pruneInbox(olderThanMs: number, max?: number): Promise<number> {
    const age = requirePositive('olderThanMs', olderThanMs)
    const most = requireMax(max)
    return this.#group.run(() => this.#ledger.pruneInbox(this.#ledger.now() - age, most))
  }

  async due({ max, category }: ReadDue = {}): Promise<readonly DueTimer[]> {
    this.#requireOpen()
    const now = this.#ledger.now()
    requireFilter('category', category)
    return [...this.#ledger.timers]
      .filter(([, { dueAt, stream }]) => dueAt <= now && (category === undefined || stream.category === category))
      .toSorted(([, a], [, b]) => a.dueAt - b.dueAt || a.arming - b.arming)
      .slice(0, requireMax(max))
      .map(([key, { stream, arming }]) => ({ key, stream, arming }))
  }

  async changed(after: Position, signal: AbortSignal): Promise<void> {
    this.#requireOpen()
    if (this.#ledger.lastPosition() > after) return
    await this.#hints.wait(after, signal)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#group.close()
    this.#hints.wakeAll()
  }

  #requireOpen(): void {
    if (this.#closed) throw storeClosed()
  }
}

/** UTF-16 code units order astral characters before U+E000..U+FFFF; databases order UTF-8, which is by code point. */
function compareCodePoints(a: string, b: string): number {
  for (let i = 0; ; ) {
    const left = a.codePointAt(i)
    const right = b.codePointAt(i)
    if (left === undefined || right === undefined) return a.length - b.length
    if (left !== right) return left - right
    i += left > 0xffff ? 2 : 1
  }
}
