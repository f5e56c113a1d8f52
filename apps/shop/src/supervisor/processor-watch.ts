import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, type CpuInfo } from 'node:os'
import { runningPids } from './child.ts'

/** Of Linux's clock ticks there are a hundred in a second, whatever the kernel was built with (`USER_HZ`). */
const TICK_MS = 10
/** Fields of /proc/PID/stat after the name in parentheses: time in user mode, then in the kernel. */
const USER_FIELD = 11
const KERNEL_FIELD = 12

/** What can be read of a machine's processors; undefined where the system does not tell. */
export interface ProcessorReading {
  /** Milliseconds all processors were busy, since the machine started. */
  readonly busyMs: number
  /** Milliseconds they could have been busy. */
  readonly totalMs: number
  /** Milliseconds each process of this run has used, by its id. */
  readonly ownMs: ReadonlyMap<number, number>
}

/**
 * How much of the machine's processor time others used during a run: what tells "the shop is slow" from "the machine is busy".
 *
 * Processes that were killed count with what they had used when they were last looked at, so look about every second. Linux
 * only, and not where the process may use fewer processors than the machine has: what others do there says nothing.
 */
export class ProcessorWatch {
  readonly #read: () => ProcessorReading | undefined
  readonly #first: ProcessorReading | undefined
  readonly #own = new Map<number, number>()

  constructor(read: () => ProcessorReading | undefined = readProcessors) {
    this.#read = read
    this.#first = read()
  }

  look(): void {
    for (const [pid, ms] of this.#read()?.ownMs ?? []) this.#own.set(pid, ms)
  }

  /** The share (0 to 1) that others used since the watch began; `null` where it cannot be told. */
  othersShare(): number | null {
    const last = this.#read()
    if (this.#first === undefined || last === undefined || last.totalMs <= this.#first.totalMs) return null
    for (const [pid, ms] of last.ownMs) this.#own.set(pid, ms)
    let own = 0
    for (const [pid, ms] of this.#own) own += ms - (this.#first.ownMs.get(pid) ?? 0)
    const others = last.busyMs - this.#first.busyMs - own
    return Math.max(0, others) / (last.totalMs - this.#first.totalMs)
  }
}

function readProcessors(): ProcessorReading | undefined {
  const processors = cpus()
  if (process.platform !== 'linux' || processors.length > availableParallelism()) return undefined
  const ownMs = new Map<number, number>()
  for (const pid of [process.pid, ...runningPids()]) {
    const used = usedBy(pid)
    if (used !== undefined) ownMs.set(pid, used)
  }
  const sum = (of: (times: CpuInfo['times']) => number): number =>
    processors.reduce((total, { times }) => total + of(times), 0)
  return {
    busyMs: sum(({ user, nice, sys, irq }) => user + nice + sys + irq),
    totalMs: sum(({ user, nice, sys, irq, idle }) => user + nice + sys + irq + idle),
    ownMs,
  }
}

function usedBy(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[USER_FIELD]) + Number(fields[KERNEL_FIELD])) * TICK_MS
  } catch {
    // It has just ended.
    return undefined
  }
}
