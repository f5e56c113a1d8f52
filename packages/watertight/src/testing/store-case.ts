import type { StreamId } from '../store/event.ts'
import type { Store } from '../store/store.ts'

/** What a database under several writers is made to do, so that they meet at the worst moment. */
export interface Contention {
  /** Somebody else's transaction holds the streams, until the answer is called. They must have events. */
  readonly holdStreams: (streams: readonly StreamId[]) => Promise<() => Promise<void>>
  /**
   * Commits with an event of type {@link HELD_TYPE} stop inside their transaction, when their positions are drawn and nobody
   * sees them yet, until they are released.
   */
  readonly holdCommits: () => Promise<{
    /** Resolves when a commit has stopped. */
    readonly stopped: () => Promise<void>
    readonly release: () => Promise<void>
  }>
}

/** The type of event whose commits {@link Contention.holdCommits} stops. */
export const HELD_TYPE = 'contract.held'

/** One fresh, empty database for one case. */
export interface StoreFixture {
  /** Opens a store on the database; also again after closing, and twice at once, where the capabilities say so. */
  readonly open: () => Promise<Store>
  /** Lets so much time pass by the store's clock. */
  readonly advance: (ms: number) => Promise<void>
  /** Closes what is open and removes the database. */
  readonly dispose: () => Promise<void>
  /** For adapters with the capability `concurrent`. */
  readonly contention?: Contention
}

export interface StoreCapabilities {
  /** What was committed is there after closing and opening again. */
  readonly durable?: boolean
  /** Several stores may be open on one database. */
  readonly shared?: boolean
  /** Several transactions may write at once: the fixture has `contention`. */
  readonly concurrent?: boolean
}

/** A behaviour every store has, or every store with a capability. */
export interface StoreCase {
  readonly name: string
  readonly needs?: keyof StoreCapabilities
  readonly run: (store: Store, fixture: StoreFixture) => Promise<void>
}
