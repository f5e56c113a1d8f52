import type { Store } from '../store/store.ts'
import { appendCases } from './store-contract-appends.ts'
import { lifecycleCases } from './store-contract-lifecycle.ts'
import { ownershipCases } from './store-contract-ownership.ts'
import { partCases } from './store-contract-parts.ts'
import { payloadCases } from './store-contract-payloads.ts'
import { readingCases } from './store-contract-reading.ts'
import { refusalCases } from './store-contract-refusals.ts'
import { timerCases } from './store-contract-timers.ts'
import type { TestApi } from './test-api.ts'

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

/** The cases of the suite, for runners that want them as data. */
export const storeCases: readonly StoreCase[] = [
  ...appendCases,
  ...readingCases,
  ...payloadCases,
  ...partCases,
  ...ownershipCases,
  ...timerCases,
  ...refusalCases,
  ...lifecycleCases,
]

/**
 * The contract of the store port: every adapter runs it and passes it whole.
 *
 * @example
 * import { describe, it } from 'vitest'
 * storeContract('memory', makeFixture, { runner: { describe, it } })
 */
export function storeContract(
  name: string,
  makeFixture: () => Promise<StoreFixture>,
  { runner, ...capabilities }: StoreCapabilities & { readonly runner: TestApi },
): void {
  const { describe, it } = runner
  describe(`${name} keeps the contract of the store`, () => {
    for (const { name: behaviour, needs, run } of storeCases) {
      if (needs && !capabilities[needs]) continue
      it(behaviour, async () => {
        const fixture = await makeFixture()
        try {
          await run(await fixture.open(), fixture)
        } finally {
          await fixture.dispose()
        }
      })
    }
  })
}
