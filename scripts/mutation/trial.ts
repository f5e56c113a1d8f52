import type { HuntReport } from '../../packages/watertight/src/simulation/index.ts'
import type { Mutant } from './mutant.ts'
import type { MutantWorkshop } from './mutant-workshop.ts'

/** Within so many seeds a defect must be found, and in fewer than so many lines it must be shown. */
const SEEDS = 2_000
const LINES = 30

/** What became of one mutant. */
export interface Trial {
  readonly name: string
  /** True when it was found soon enough and shown shortly enough. */
  readonly killed: boolean
  /** The seed that found it. */
  readonly seed?: number
  /** Length of the trace it is shown by. */
  readonly lines?: number
  /** What it broke. */
  readonly violation?: string
  /** Why it was not killed. */
  readonly reason?: string
}

/** Plants a mutant and hunts for it. */
export async function tried(workshop: MutantWorkshop, mutant: Mutant): Promise<Trial> {
  const { name, hunt, file } = mutant
  const refused = await workshop.plant(file)
  if (refused !== undefined) return { name, killed: false, reason: refused }
  try {
    const { stdout, stderr } = await workshop.hunt(hunt, SEEDS)
    if (stdout === '') return { name, killed: false, reason: `the hunt broke off: ${stderr.trim()}` }
    return judged(name, JSON.parse(stdout) as readonly HuntReport[])
  } finally {
    await workshop.uproot(file)
  }
}

function judged(name: string, [report]: readonly HuntReport[]): Trial {
  const finding = report?.finding
  if (finding === undefined) return { name, killed: false, reason: `nothing was found in ${SEEDS} seeds` }
  const { seed, trace, violation } = finding
  const found = { name, seed, lines: trace.length, violation: `${violation.name}: ${violation.reason}` }
  return trace.length < LINES
    ? { ...found, killed: true }
    : { ...found, killed: false, reason: `it takes ${trace.length} lines to show, and should take fewer than ${LINES}` }
}
