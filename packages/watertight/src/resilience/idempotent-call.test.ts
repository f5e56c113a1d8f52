import { describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { bulkhead } from './bulkhead/bulkhead.ts'
import { hedge } from './hedge/hedge.ts'
import { pipeline } from './pipeline.ts'
import { fixed } from './retry/backoff.ts'
import { retry } from './retry/retry.ts'
import { timeout } from './timeout/timeout.ts'

const once = { idempotent: false }

describe('a call that must not be made twice', () => {
  it('is not tried again after an error or a time limit: it may have been executed', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('payments', retry({ attempts: 3, backoff: fixed(1) }), timeout(100)).on(runtime)
    const reasons: string[] = []
    live.events.on('retry.gaveUp', ({ reason }) => reasons.push(reason))
    let calls = 0
    await runtime.run(live.outcome(() => Promise.reject(new Error(`broken ${++calls}`)), once))
    await runtime.run(live.outcome(() => new Promise(() => calls++), once))
    expect(calls).toBe(2)
    expect(reasons).toEqual(['not-idempotent', 'not-idempotent'])
  })

  it('is tried again when no connection was made, and when an inner policy refused it', async () => {
    const runtime = new VirtualRuntime()
    const policies = [retry({ attempts: 3, backoff: fixed(50) }), bulkhead({ concurrent: 1 })]
    const live = pipeline('payments', ...policies).on(runtime)
    let calls = 0
    const refused = (): Promise<never> =>
      Promise.reject(Object.assign(new Error(`refused ${++calls}`), { code: 'ECONNREFUSED' }))
    await runtime.run(live.outcome(refused, once))
    expect(calls).toBe(3)
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = live.run(() => promise)
    const second = live.run(() => 'done', once)
    resolve()
    expect(await runtime.run(second)).toBe('done')
    await first
  })

  it('is not hedged', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('payments', hedge({ after: 10, idempotent: true })).on(runtime)
    let calls = 0
    const { promise, resolve } = Promise.withResolvers<void>()
    const call = live.run(() => {
      calls++
      return promise
    }, once)
    await runtime.advance(100)
    resolve()
    await call
    expect(calls).toBe(1)
  })
})
