import { WatertightError } from '../../runtime/error.ts'
import type { Commit, Committed, Fence } from '../../store/commit.ts'
import type { StreamId } from '../../store/event.ts'
import type { Position } from '../../store/position.ts'
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
} from '../../store/store.ts'
import type { Fault, FaultMenu } from './chances.ts'
import type { Connection, Database } from './database.ts'
import { unavailable } from './database.ts'
import { HINT_FAULTS, READ_FAULTS, WRITE_FAULTS } from './fault-kind.ts'
import type { HuntHost } from './hunt-host.ts'
import type { Incarnation } from './incarnation.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** The ordinary time a request takes one way. */
const LATENCY_MS = 4
const LONGEST_SLOW_MS = 8_000
const LONGEST_LATE_MS = 20_000
const LONGEST_RESTART_MS = 5_000
const LONGEST_FULL_MS = 5_000

/**
 * A store as one life of a process sees it over a network that loses, delays and breaks. It never does what a correct store may
 * not do: an error means that the fate of a commit is unknown, an answer that it is known, and a read is of some moment
 * between its call and its answer.
 */
export class FaultyStore implements Store {
  readonly incarnation: string
  readonly #host: HuntHost
  readonly #database: Database
  readonly #process: SimulatedProcess
  readonly #life: Incarnation
  readonly #writeMenu: FaultMenu
  readonly #readMenu: FaultMenu
  readonly #hintMenu: FaultMenu
  readonly #prefix: string
  /** Ends the waits for changes when this connection is closed. */
  readonly #waits = new Set<() => void>()
  #closed = false

  constructor(host: HuntHost, database: Database, process: SimulatedProcess, life: Incarnation) {
    this.incarnation = database.store.incarnation
    this.#host = host
    this.#database = database
    this.#process = process
    this.#life = life
    this.#prefix = `${process.name}.${database.name}`
    this.#writeMenu = host.chances.menu(WRITE_FAULTS)
    this.#readMenu = host.chances.menu(READ_FAULTS)
    this.#hintMenu = host.chances.menu(HINT_FAULTS)
  }

  commit(commit: Commit): Promise<Committed> {
    const sent = asSent(commit)
    return this.#write('commit', () => this.#database.commit(sent, this.#life.name))
  }

  acquire(lease: string, ttlMs: number): Promise<Fence | undefined> {
    return this.#write('acquire', async () => {
      const fence = await this.#database.store.acquire(lease, ttlMs)
      if (fence) this.#host.trace(`${this.#life.name} is granted ${lease}, epoch ${fence.epoch}`)
      return fence
    })
  }

  renew(fence: Fence, ttlMs: number): Promise<boolean> {
    return this.#write('renew', () => this.#database.store.renew(fence, ttlMs))
  }

  release(fence: Fence): Promise<void> {
    return this.#write('release', () => this.#database.store.release(fence))
  }

  pruneInbox(olderThanMs: number, max?: number): Promise<number> {
    return this.#write('pruneInbox', () => this.#database.store.pruneInbox(olderThanMs, max))
  }

  readStream(stream: StreamId, options?: ReadStream): Promise<StreamPage> {
    return this.#read('readStream', (store) => store.readStream(stream, options))
  }

  readLog(options: ReadLog): Promise<LogPage> {
    return this.#read('readLog', (store) => store.readLog(options))
  }

  appended(stream: StreamId, appendId: string): Promise<PastAppendResult | undefined> {
    return this.#read('appended', (store) => store.appended(stream, appendId))
  }

  row(table: string, key: string): Promise<Row | undefined> {
    return this.#read('row', (store) => store.row(table, key))
  }

  rows(table: string, keys: readonly string[]): Promise<readonly (Row | undefined)[]> {
    return this.#read('rows', (store) => store.rows(table, keys))
  }

  scanRows(table: string, options?: ScanRows): Promise<readonly KeyedRow[]> {
    return this.#read('scanRows', (store) => store.scanRows(table, options))
  }

  checkpoint(name: string): Promise<Position> {
    return this.#read('checkpoint', (store) => store.checkpoint(name))
  }

  due(options?: ReadDue): Promise<readonly DueTimer[]> {
    return this.#read('due', (store) => store.due(options))
  }

  changed(after: Position, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closed())
    const { world, chances } = this.#host
    const place = `${this.#prefix}.changed`
    const fault = chances.fault(place, this.#hintMenu)
    const database = this.#database
    return this.#life.answer<void>((resolve, reject) => {
      if (fault?.kind === 'falseHint') return world.schedule(world.now() + LATENCY_MS, resolve)
      if (!database.isUp)
        return world.schedule(world.now() + LATENCY_MS, () => reject(unavailable(database.name, 'it is down')))
      const over = new AbortController()
      const end = (settle: () => void): void => {
        database.disconnect(connection)
        signal.removeEventListener('abort', giveUp)
        this.#waits.delete(giveUp)
        forget()
        over.abort()
        settle()
      }
      const connection: Connection = {
        broken: () => end(() => reject(unavailable(database.name, 'the connection broke'))),
      }
      const giveUp = (): void => end(resolve)
      if (signal.aborted) return resolve()
      database.connect(connection)
      signal.addEventListener('abort', giveUp)
      this.#waits.add(giveUp)
      const forget = this.#life.onDeath(() => end(() => {}))
      const travel = fault ? fault.draw(0) * LONGEST_SLOW_MS : this.#travel(place)
      database.store.changed(after, over.signal).then(
        () => world.schedule(world.now() + travel, giveUp),
        (error: unknown) => end(() => reject(error)),
      )
    })
  }

  /** Closes the connection of this life; the database stays. */
  async close(): Promise<void> {
    this.#closed = true
    for (const wait of this.#waits) wait()
  }

  #read<T>(method: string, ask: (store: Store) => Promise<T>): Promise<T> {
    return this.#call(method, this.#readMenu, () => ask(this.#database.store))
  }

  #write<T>(method: string, ask: () => Promise<T>): Promise<T> {
    return this.#call(method, this.#writeMenu, ask)
  }

  #call<T>(method: string, menu: FaultMenu, ask: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed())
    if (!this.#life.isAlive) return new Promise(() => {})
    const place = `${this.#prefix}.${method}`
    const fault = this.#host.chances.fault(place, menu)
    if (fault) this.#befall(fault, method)
    return this.#life.answer<T>((resolve, reject) => {
      if (fault?.kind === 'crashBefore') return
      this.#send(place, fault, ask, resolve, reject)
      if (fault?.kind === 'crashAfter') this.#process.crashBy(fault)
      if (fault?.kind === 'pauseAfter') this.#process.pauseBy(fault)
    })
  }

  #travel(place: string): number {
    const { chances, pace } = this.#host
    return chances.draw(`${place} travel`) * LATENCY_MS * pace
  }

  /** What happens before the request goes out. */
  #befall(fault: Fault, method: string): void {
    const { kind } = fault
    this.#host.trace(`! ${this.#life.name}: ${kind} at ${method} of ${this.#database.name}`)
    if (kind === 'crashBefore') this.#process.crashBy(fault)
    if (kind === 'pauseBefore') this.#process.pauseBy(fault)
    if (kind === 'diskFull') this.#database.fill(fault.draw(3) * LONGEST_FULL_MS)
  }

  #send<T>(
    place: string,
    fault: Fault | undefined,
    ask: () => Promise<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const { world } = this.#host
    const database = this.#database
    const slow = (path: number): number => (fault?.kind === 'slow' ? fault.draw(path) ** 2 * LONGEST_SLOW_MS : 0)
    const there = this.#travel(place) + slow(0)
    const back = this.#travel(place) + slow(1)
    let isOver = false
    const connection: Connection = { broken: () => fail('the connection broke') }
    const over = (): boolean => {
      const was = isOver
      isOver = true
      database.disconnect(connection)
      return !was
    }
    const fail = (why: string): void => {
      if (over()) reject(unavailable(database.name, why))
    }
    database.connect(connection)
    if (fault?.kind === 'databaseRestart') {
      world.schedule(world.now() + fault.draw(3) * 2 * LATENCY_MS, () =>
        database.restart(fault.draw(4) * LONGEST_RESTART_MS),
      )
    }
    if (fault?.kind === 'requestLost') {
      return world.schedule(world.now() + there + fault.draw(2) * LONGEST_SLOW_MS, () => fail('the request was lost'))
    }
    if (fault?.kind === 'late') {
      world.schedule(world.now() + there, () => fail('the connection broke'))
      return this.#host.later(there + fault.draw(2) * LONGEST_LATE_MS, () => {
        if (!database.isUp) return
        this.#host.trace(`a late request of ${this.#life.name} arrives at ${database.name}`)
        void ask().catch(() => {})
      })
    }
    const arrive = (): void => {
      if (isOver) return
      if (!database.isUp) return fail('it is down')
      ask().then(
        (value) => {
          world.schedule(world.now() + back, () => {
            if (fault?.kind === 'answerLost') fail('the answer was lost')
            else if (over()) resolve(value)
          })
        },
        (error: unknown) => {
          if (over()) reject(error)
        },
      )
    }
    // An ordinary journey is over before anybody looks whether there is rest.
    if (fault) this.#host.later(there, arrive)
    else world.schedule(world.now() + there, arrive)
  }
}

/** What goes out is what was there when it was called: the caller may change its data while the request is on its way. */
function asSent(commit: Commit): Commit {
  const { appends, rows } = commit
  return {
    ...commit,
    ...(appends && {
      appends: appends.map((append) => ({
        ...append,
        events: append.events.map((event) => ({ ...event, data: copied(event.data) })),
      })),
    }),
    ...(rows && { rows: rows.map((row) => ({ ...row, value: copied(row.value) })) }),
  }
}

function copied(data: unknown): unknown {
  try {
    const text: string | undefined = JSON.stringify(data)
    return text === undefined ? data : JSON.parse(text)
  } catch {
    // No JSON: the store says so.
    return data
  }
}

function closed(): WatertightError {
  return WatertightError.withoutStack('STORE_CLOSED', 'The store is closed.')
}
