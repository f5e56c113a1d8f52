import { setTimeout as sleep } from 'node:timers/promises'
import type { Check, Finding } from './check.ts'

const TIMERS = 5
const MOST_LATE_MS = 20
const FINE_STEP_MS = 1
/** A clock before this was never set. */
const LEAST_YEAR = 2_025

/** The clocks: whether the wall clock was set, in what steps time goes, and how late timers fire. */
export const checkClock: Check = async () => {
  const late: number[] = []
  for (let timer = 0; timer < TIMERS; timer++) {
    const start = performance.now()
    await sleep(1)
    late.push(performance.now() - start - 1)
  }
  return [wallClock(new Date()), timers(smallestStep(), Math.min(...late))]
}

/** Whether a wall clock shows a time that can be. */
export function wallClock(now: Date): Finding {
  const check = 'clock'
  const found = now.toISOString()
  if (now.getUTCFullYear() >= LEAST_YEAR) return { check, status: 'ok', found }
  return { check, status: 'failed', found, hint: 'set the clock (NTP): leases, certificates and records go by it' }
}

/** Whether time goes in steps that are fine enough, and timers fire in time. */
export function timers(stepMs: number, lateMs: number): Finding {
  const check = 'timers'
  const found = `steps of ${stepMs.toPrecision(2)} ms, at best ${Math.max(0, lateMs).toFixed(1)} ms late`
  if (stepMs <= FINE_STEP_MS && lateMs <= MOST_LATE_MS) return { check, status: 'ok', found }
  return {
    check,
    status: 'warning',
    found,
    hint: 'the machine is busy or its clock is coarse: short timeouts fire late here',
  }
}

function smallestStep(): number {
  let smallest = Infinity
  for (let reading = 0; reading < TIMERS; reading++) {
    const start = performance.now()
    let next = start
    while (next === start) next = performance.now()
    smallest = Math.min(smallest, next - start)
  }
  return smallest
}
