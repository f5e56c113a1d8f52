import { beforeEach, describe, expect, it } from 'vitest'
import { circuitBreaker, pipeline, timeout } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'
import { FakeClient } from '../link/fake-client.fixture.ts'
import { redisLink } from '../link/redis-link.ts'
import { shareBreaker, type SharedBreakerOptions } from './share-breaker.ts'

let runtime = new VirtualRuntime()
let client = new FakeClient()

beforeEach(() => {
  runtime = new VirtualRuntime()
  client = new FakeClient()
  client.answer = () => [2, 0]
})

const share = (options: SharedBreakerOptions = {}) => {
  const live = pipeline('p', circuitBreaker({ failures: 2 }), timeout('1s')).on(runtime)
  return { live, shared: shareBreaker(redisLink(client), live, { runtime, ...options }) }
}

describe('a shared breaker', () => {
  it('goes back to its own judgement when Redis is lost: nothing stays open for it', async () => {
    const { live, shared } = share()
    await runtime.advance(0)
    expect(live.state().breaker).toBe('open')
    client.fail()
    await runtime.advance('500ms')
    expect(live.state().breaker).toBe('closed')
    expect(shared.state()).toMatchObject({ following: false, shared: false })
  })

  it('opens and closes by itself while Redis is gone', async () => {
    client.fail()
    const { live } = share()
    await runtime.advance('5s')
    for (let i = 0; i < 2; i++) await live.outcome(() => Promise.reject(new Error('down')))
    expect(live.state().breaker).toBe('open')
    await runtime.advance('30s')
    await live.run(() => 1)
    expect(live.state().breaker).toBe('closed')
  })

  it('does not overrule a breaker that has opened by itself', async () => {
    client.answer = () => [0, 9]
    const { live } = share()
    for (let i = 0; i < 2; i++) await live.outcome(() => Promise.reject(new Error('down')))
    await runtime.advance('5s')
    expect(live.state().breaker).toBe('open')
  })

  it('votes at once when its own breaker opens', async () => {
    const votes: string[] = []
    client.answer = (input) => {
      votes.push(input.arguments[1] ?? '')
      return [0, 0]
    }
    const { live } = share()
    await runtime.advance(0)
    for (let i = 0; i < 2; i++) await live.outcome(() => Promise.reject(new Error('down')))
    await runtime.advance(0)
    expect(votes).toEqual(['none', 'open'])
  })

  it('asks one question at a time, however slow the answer', async () => {
    client.hang()
    share({ every: '1ms' })
    await runtime.advance('40ms')
    expect(client.asked).toBe(1)
  })

  it('takes its vote back and lets go when it is stopped, and leaves no timer behind', async () => {
    const { live, shared } = share()
    await runtime.advance(0)
    await runtime.run(shared.stop())
    expect(live.state().breaker).toBe('closed')
    const asked = client.asked
    await runtime.advance('1m')
    expect(client.asked).toBe(asked)
    expect(live.events.listenerCount).toBe(0)
    expect(runtime.pendingTimers).toBe(0)
  })

  it('holds no process', async () => {
    share()
    await runtime.advance('5s')
    expect(runtime.heldTimers).toBe(0)
  })

  it('refuses a policy that is no breaker, and options that make no sense', () => {
    expect(() => share({ policy: 'timeout' })).toThrow(/policy must be a circuit breaker of p/)
    expect(() => share({ quorum: 1 })).toThrow(/quorum/)
    expect(() => share({ every: 0 })).toThrow(/every/)
  })
})
