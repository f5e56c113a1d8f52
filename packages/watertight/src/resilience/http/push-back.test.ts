import { describe, expect, it } from 'vitest'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import { classify } from '../classify.ts'
import { definitelyNotExecuted } from '../fallback/not-executed.ts'
import { pipeline } from '../pipeline.ts'
import { fixed } from '../retry/backoff.ts'
import { retry } from '../retry/retry.ts'
import { grpcPushBack, pushBack, pushBackOf } from './push-back.ts'

describe('pushBack', () => {
  it('counts as overload, and may have been executed unless it says otherwise', () => {
    expect(classify(pushBack())).toBe('overloaded')
    expect(definitelyNotExecuted(pushBack())).toBe(false)
    expect(definitelyNotExecuted(pushBack({ notExecuted: true }))).toBe(true)
  })

  it('makes a retry wait as long as the server asks', async () => {
    const runtime = new VirtualRuntime()
    const policy = retry({ attempts: 2, backoff: fixed(1), budget: { ratio: 1, minPerSecond: 1 } })
    const live = pipeline('inventory', policy).on(runtime)
    const at: number[] = []
    const call = live.outcome(() => {
      at.push(runtime.now())
      throw pushBack({ retryAfter: '3s' })
    })
    await runtime.advance('10s')
    await call
    expect(at).toEqual([0, 3_000])
  })

  it('makes a retry give up at once when the server asks for that', async () => {
    const runtime = new VirtualRuntime()
    const live = pipeline('inventory', retry({ budget: { ratio: 1, minPerSecond: 1 } })).on(runtime)
    let calls = 0
    await live.outcome(() => {
      calls++
      throw pushBack({ doNotRetry: true })
    })
    expect(calls).toBe(1)
  })

  it('can be read from errors, ours and others', () => {
    expect(pushBackOf(pushBack({ retryAfter: 5 }))).toEqual({ retryAfterMs: 5, doNotRetry: false })
    expect(pushBackOf(Object.assign(new Error('x'), { retryable: false }))).toEqual({
      retryAfterMs: undefined,
      doNotRetry: true,
    })
    expect(pushBackOf(new Error('x'))).toBeUndefined()
  })
})

describe('grpcPushBack', () => {
  it.each([
    ['1500', { retryAfterMs: 1_500, doNotRetry: false }],
    ['0', { retryAfterMs: 0, doNotRetry: false }],
    ['-1', { retryAfterMs: undefined, doNotRetry: true }],
    ['soon', { retryAfterMs: undefined, doNotRetry: true }],
    ['', { retryAfterMs: undefined, doNotRetry: true }],
    [undefined, undefined],
  ])('reads %o as gRFC A6 says', (trailer, hint) => {
    expect(grpcPushBack(trailer)).toEqual(hint)
  })
})
