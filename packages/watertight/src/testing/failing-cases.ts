import { systemRuntime } from '../runtime/system-runtime.ts'
import type { StoreFixture } from './store-case.ts'
import { storeCases } from './store-contract.ts'

/** A case that hangs has failed as well. */
const LIMIT_MS = 20_000

/**
 * The sentences among `names` that an adapter fails: to show that the suite notices a bug that was planted.
 *
 * @throws Error for a name that is no case of the suite.
 */
export async function failingCases(
  names: readonly string[],
  makeFixture: () => Promise<StoreFixture>,
): Promise<readonly string[]> {
  const failing: string[] = []
  for (const name of names) {
    const found = storeCases.find((one) => one.name === name)
    if (!found) throw new Error(`the contract of the store has no case "${name}"`)
    const fixture = await makeFixture()
    try {
      await inTime(found.run(await fixture.open(), fixture))
    } catch {
      failing.push(name)
    } finally {
      await fixture.dispose()
    }
  }
  return failing
}

async function inTime(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const limit = systemRuntime.timer(LIMIT_MS, () => reject(new Error('too slow')), true)
  try {
    await Promise.race([work, promise])
  } finally {
    limit.cancel()
  }
}
