import { earlier, isOperation } from './fault-plan.ts'
import type { Hunted } from './hunted.ts'
import { minimise } from './minimise.ts'
import type { SeedRun, Violation } from './run-seed.ts'
import { runSeed } from './run-seed.ts'
import { shortTrace } from './short-trace.ts'

/** By how much earlier a fault is tried when an operation before it is left out: what the operation passed counts no more. */
const EARLIER = [0, 1, 2, 3, 4] as const

/** A seed with which something that must hold did not, made as small as it could be. */
export interface Finding {
  readonly seed: number
  readonly violation: Violation
  /** The faults and operations it takes, by key: `hunt(…, { seeds: 1, firstSeed: seed, only })` shows it again. */
  readonly only: readonly string[]
  /** How many faults and operations there were at first. */
  readonly before: number
  /** What happened in the smallest run, one thing a line. */
  readonly trace: readonly string[]
}

/** Makes a failing run as small as it can: leaves out the faults and operations that the violation does not need. */
export async function smallest(hunted: Hunted, run: SeedRun, violation: Violation): Promise<Finding> {
  const { seed, happened } = run
  let best = run
  const fails = async (only: readonly string[]): Promise<boolean> => {
    const tried = await runSeed(hunted, seed, only)
    if (tried.violation?.name !== violation.name) return false
    best = tried
    return true
  }
  let { kept } = await minimise(happened, fails)
  for (const operation of kept.filter(isOperation)) {
    const without = await withoutOperation(kept, operation, fails)
    if (without) ({ kept } = await minimise(without, fails))
  }
  await fails(kept)
  return {
    seed,
    violation: best.violation ?? violation,
    only: kept,
    before: happened.length,
    trace: shortTrace(best.trace),
  }
}

/** The same without an operation, where one of the faults comes earlier for it. */
async function withoutOperation(
  kept: readonly string[],
  operation: string,
  fails: (only: readonly string[]) => Promise<boolean>,
): Promise<readonly string[] | undefined> {
  if (!kept.includes(operation)) return undefined
  const rest = kept.filter((key) => key !== operation)
  for (const [i, key] of rest.entries()) {
    if (isOperation(key)) continue
    for (const by of EARLIER) {
      const moved = earlier(key, by)
      if (moved === undefined) continue
      const tried = rest.with(i, moved)
      if (await fails(tried)) return tried
    }
  }
  return undefined
}
