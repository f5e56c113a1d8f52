import type { StoreCapabilities, StoreCase, StoreFixture } from './store-case.ts'
import { appendCases } from './store-contract-appends.ts'
import { contentionCases } from './store-contract-contention.ts'
import { lifecycleCases } from './store-contract-lifecycle.ts'
import { ownershipCases } from './store-contract-ownership.ts'
import { partCases } from './store-contract-parts.ts'
import { payloadCases } from './store-contract-payloads.ts'
import { readingCases } from './store-contract-reading.ts'
import { refusalCases } from './store-contract-refusals.ts'
import { retentionCases } from './store-contract-retention.ts'
import { sharingCases } from './store-contract-sharing.ts'
import { timerCases } from './store-contract-timers.ts'
import type { TestApi } from './test-api.ts'

/** The cases of the suite, for runners that want them as data. */
export const storeCases: readonly StoreCase[] = [
  ...appendCases,
  ...readingCases,
  ...payloadCases,
  ...partCases,
  ...retentionCases,
  ...ownershipCases,
  ...timerCases,
  ...refusalCases,
  ...lifecycleCases,
  ...sharingCases,
  ...contentionCases,
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
  options: StoreCapabilities & { readonly runner: TestApi },
): void {
  runStoreCases(`${name} keeps the contract of the store`, storeCases, makeFixture, options)
}

/** Runs those cases that the capabilities allow, each on a database of its own. */
export function runStoreCases(
  title: string,
  cases: readonly StoreCase[],
  makeFixture: () => Promise<StoreFixture>,
  { runner, ...capabilities }: StoreCapabilities & { readonly runner: TestApi },
): void {
  const { describe, it } = runner
  describe(title, () => {
    for (const { name: behaviour, needs, run } of cases) {
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
