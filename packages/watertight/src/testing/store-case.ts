import type { Store } from '../store/store.ts'

/** One fresh, empty database for one case. */
export interface StoreFixture {
  /** Opens a store on the database; also again after closing, and twice at once, where the capabilities say so. */
  readonly open: () => Promise<Store>
  /** Lets so much time pass by the store's clock. */
  readonly advance: (ms: number) => Promise<void>
  /** Closes what is open and removes the database. */
  readonly dispose: () => Promise<void>
}

export interface StoreCapabilities {
  /** What was committed is there after closing and opening again. */
  readonly durable?: boolean
  /** Several stores may be open on one database. */
  readonly shared?: boolean
}

/** A behaviour every store has, or every store with a capability. */
export interface StoreCase {
  readonly name: string
  readonly needs?: keyof StoreCapabilities
  readonly run: (store: Store, fixture: StoreFixture) => Promise<void>
}
