import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { systemRuntime } from './system-runtime.ts'

const wait = (delayMs: number): Promise<void> => new Promise((resolve) => systemRuntime.timer(delayMs, resolve, true))

describe('systemRuntime', () => {
  it('fires timers in the order of their ticks, never early, on the real clock', async () => {
    const log: string[] = []
    const early: number[] = []
    const arm = (delayMs: number): void => {
      const due = systemRuntime.now() + delayMs
      const fire = (): void => {
        log.push(`${delayMs}`)
        early.push(Math.max(0, due - systemRuntime.now()))
      }
      systemRuntime.timer(delayMs, fire, true)
    }
    for (const delayMs of [30, 10, 20, 0, 5]) arm(delayMs)
    await wait(40)
    expect(log).toEqual(['0', '5', '10', '20', '30'])
    expect(early).toEqual([0, 0, 0, 0, 0])
  })

  it('fires a turn after what is running now, and before timers', async () => {
    const log: string[] = []
    systemRuntime.timer(0, () => log.push('timer'), true)
    systemRuntime.turn(() => log.push('turn'))
    systemRuntime.turn(() => log.push('second turn'))
    log.push('now')
    await Promise.resolve()
    log.push('microtask')
    await wait(5)
    expect(log).toEqual(['now', 'microtask', 'turn', 'second turn', 'timer'])
  })

  it('fires timers and turns outside of the ambient context of whoever armed them', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    await storage.run('a request', async () => {
      systemRuntime.timer(1, () => seen.push(storage.getStore()), true)
      systemRuntime.turn(() => seen.push(storage.getStore()))
      await wait(5)
      seen.push(storage.getStore())
    })
    expect(seen).toEqual([undefined, undefined, 'a request'])
  })

  it('carries the ambient context to a callback that fires elsewhere', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const inside = storage.run('a request', () => systemRuntime.context?.capture())
    await new Promise<void>((resolve) => {
      systemRuntime.turn(() => {
        inside?.(() => seen.push(storage.getStore()))
        resolve()
      })
    })
    expect(seen).toEqual(['a request'])
  })

  it('draws numbers in [0, 1), and makes ids that rise', () => {
    const draws = Array.from({ length: 1_000 }, () => systemRuntime.random('any'))
    expect(draws.every((one) => one >= 0 && one < 1)).toBe(true)
    expect(new Set(draws).size).toBeGreaterThan(990)
    expect(systemRuntime.id() < systemRuntime.id()).toBe(true)
  })
})
