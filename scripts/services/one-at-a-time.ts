import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_AGAIN_MS = 100

/** Runs `work` while no other process does, as far as they name the same `file`. A process that died holds nobody up. */
export async function oneAtATime<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!taken(file)) await sleep(LOOK_AGAIN_MS)
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function taken(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    if (!alive(holderOf(file))) rmSync(file, { force: true })
    return false
  }
}

function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return Number.NaN
  }
}

/** Whether there is a process of this id. */
export function alive(pid: number): boolean {
  try {
    // Signal 0 only asks. To 0 or NaN it would go to this process itself.
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
