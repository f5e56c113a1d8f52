import { describe, expect, it } from 'vitest'
import { VirtualRuntime } from 'watertight/testing'
import { Pauses } from './pauses.ts'

describe('Pauses', () => {
  it('last as long as they were asked to', async () => {
    const runtime = new VirtualRuntime()
    let over = false
    const pause = new Pauses(runtime).wait(40).then(() => (over = true))
    await runtime.advance(39)
    expect(over).toBe(false)
    await runtime.advance(1)
    expect(await pause).toBe(true)
  })

  it('end all at once when the process stops, and leave no timer behind', async () => {
    const runtime = new VirtualRuntime()
    const pauses = new Pauses(runtime)
    const waits = Promise.allSettled([pauses.wait(1_000), pauses.wait(2_000)])
    pauses.end()
    expect((await waits).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(runtime.pendingTimers).toBe(0)
  })
})
