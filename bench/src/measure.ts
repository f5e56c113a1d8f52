import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadPeer } from './peers.ts'

interface Mitata {
  measure(
    fn: () => unknown,
    options: { readonly min_cpu_time: number; readonly inner_gc: boolean },
  ): Promise<{ readonly p50: number }>
}

/** Runs its subject `calls` times, one after the other. */
export interface Subject {
  readonly name: string
  readonly calls: number
  readonly loop: () => unknown
}

const ROUNDS = 5
const NS_PER_MS = 1_000_000
const CPU_MS = 120

/**
 * Nanoseconds for each call of each subject: those of its quietest round of several through all of them. What else runs on the
 * machine only adds, and not to everyone alike: where it hit the yardstick, a goal would look met that is not.
 */
export async function nanoseconds(
  subjects: readonly Subject[],
  progress: (what: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const mitata = await loadPeer<Mitata>('mitata')
  const samples = new Map<string, number[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { name, calls, loop } of subjects) {
      progress(`round ${round} of ${ROUNDS}: ${name}`)
      const { p50 } = await mitata.measure(loop, { min_cpu_time: CPU_MS * NS_PER_MS, inner_gc: false })
      samples.get(name)?.push(p50 / calls)
    }
  }
  return new Map([...samples].map(([name, values]) => [name, Math.min(...values)]))
}

/** Bytes that each call allocates: few enough at a time that no collection comes between. */
export async function bytesPerCall(call: () => Promise<unknown>): Promise<number> {
  const collect = garbageCollector()
  const samples: number[] = []
  const calls = 200
  for (let round = 0; round < 60; round++) {
    collect()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < calls; i++) await call()
    samples.push((process.memoryUsage().heapUsed - before) / calls)
  }
  return median(samples.slice(20))
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
