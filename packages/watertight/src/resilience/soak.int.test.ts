import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const soak = fileURLToPath(new URL('./soak.fixture.ts', import.meta.url))
const CALLS = 200_000

describe('a process that made very many calls', () => {
  it('has every permit back, no timer and no listener left, a flat heap, and ends by itself', async () => {
    const args = ['--expose-gc', '--conditions=watertight-source', soak, String(CALLS)]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
    const { calls, outcomes, heapMb, left } = JSON.parse(stdout) as {
      calls: number
      outcomes: Record<string, number>
      heapMb: number[]
      left: object
    }
    expect(stderr).toBe('')
    expect(calls).toBe(CALLS)
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(CALLS)
    expect(left).toEqual({ calls: 0, abandoned: 0, queued: 0, permits: 0, background: false, listeners: 0, timers: 0 })
    // After the first tenth everything has its size; a leak of 100 bytes a call would show as 18 MB.
    expect((heapMb.at(-1) ?? Infinity) - (heapMb[0] ?? 0)).toBeLessThan(10)
  })
})
