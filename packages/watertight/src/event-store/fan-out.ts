import { requirePositiveInteger } from '../runtime/option.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Position } from '../store/position.ts'
import type { LogPage, ReadLog, Store } from '../store/store.ts'
import { standsFor } from './checkpoint-watch.ts'

const KEEP = 4_096
const PAGE = 512

export interface FanOutOptions {
  /** How many of the last events are kept in memory, to be handed to every reader. Default: 4,096. */
  readonly keep?: number
}

/**
 * The same store, with one reader of the end of its log for all: subscriptions that are up to date share each page that is
 * read, instead of reading it each for itself. Who is further behind than what is kept reads alone until it has caught up.
 *
 * What readers get is the same object: nobody may change it.
 *
 * @example
 * const shared = fanOut(store)
 * for (const one of projections) runProjection(one, { store: shared })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function fanOut(store: Store, options: FanOutOptions = {}): Store {
  const tail = new LogTail(store, requirePositiveInteger('keep', options.keep ?? KEEP))
  const face = new Proxy(store, {
    get(target, name) {
      if (name === 'readLog') return (query: ReadLog) => tail.readLog(query)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  standsFor(face, store)
  return face
}

/** The last part of the log that was read: every event behind `from`, up to `to`. */
class LogTail {
  readonly #store: Store
  readonly #keep: number
  #from: Position = 0
  #to: Position = 0
  #events: StoredEvent[] = []
  #reading: Promise<void> | undefined

  constructor(store: Store, keep: number) {
    this.#store = store
    this.#keep = keep
  }

  async readLog(query: ReadLog): Promise<LogPage> {
    const { after, max = PAGE, tenant, categories } = query
    // The first reader says where the end is; one that comes to it from behind joins.
    const isFar = after < this.#from || after > this.#to
    const isTaken = this.#events.length > 0 || this.#reading !== undefined
    if (isFar && isTaken) return await this.#store.readLog(query)
    if (isFar) this.#from = this.#to = after
    if (after === this.#to) await this.#readOn()
    // The page that was just read may have pushed out what this reader needs.
    if (after < this.#from || after > this.#to) return await this.#store.readLog(query)
    const events: StoredEvent[] = []
    for (let i = firstBehind(this.#events, after); i < this.#events.length && events.length < max; i++) {
      const event = this.#events[i]
      if (event === undefined) break
      const { stream } = event
      if (tenant !== undefined && stream.tenant !== tenant) continue
      if (categories === undefined || categories.includes(stream.category)) events.push(event)
    }
    return { events, settled: events.length >= max ? (events.at(-1)?.position ?? this.#to) : this.#to }
  }

  /** Reads the next page, once for all who wait for it. */
  #readOn(): Promise<void> {
    this.#reading ??= this.#readPage().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readPage(): Promise<void> {
    const page = await this.#store.readLog({ after: this.#to, max: PAGE })
    // Less than asked for: the log is shorter than a checkpoint says, which its reader has to find out.
    if (page.settled < this.#to) {
      this.#events = []
      this.#from = this.#to = page.settled
      return
    }
    this.#events.push(...page.events)
    this.#to = page.settled
    const surplus = this.#events.length - this.#keep
    // Not one by one: moving what stays costs as much for one as for many.
    if (surplus > this.#keep / 2) this.#from = this.#events.splice(0, surplus).at(-1)?.position ?? this.#from
  }
}

/** Index of the first event behind a position. */
function firstBehind(events: readonly StoredEvent[], after: Position): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((events[middle]?.position ?? 0) <= after) low = middle + 1
    else high = middle
  }
  return low
}
