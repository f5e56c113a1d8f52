import { beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from 'watertight/testing'
import { FakeClient } from './fake-client.fixture.ts'
import { redisLink } from './redis-link.ts'
import { Script, slotted } from './script.ts'

const script = new Script('return 1')
let runtime = new VirtualRuntime()
let client = new FakeClient()

beforeEach(() => {
  runtime = new VirtualRuntime()
  client = new FakeClient()
})

const ask = (link: ReturnType<typeof redisLink>) => link.ask(runtime, script, ['k'], [1])

describe('a link to Redis', () => {
  it('hands on what the script answers', async () => {
    expect(await ask(redisLink(client))).toEqual({ kind: 'success', value: [1, 0] })
  })

  it('waits a bounded time for a server that stands still', async () => {
    const link = redisLink(client, { maxWait: '50ms' })
    client.hang()
    const answer = ask(link)
    await runtime.advance('50ms')
    expect(await answer).toMatchObject({ kind: 'failure', error: { code: 'TIMED_OUT' } })
  })

  it('stops waiting after some failures in a row, and tries with one question now and then', async () => {
    const link = redisLink(client, { failures: 2, retryEvery: '1s' })
    client.fail()
    for (let i = 0; i < 2; i++) await ask(link)
    const before = client.asked
    for (let i = 0; i < 100; i++) expect(await ask(link)).toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(client.asked).toBe(before)
    await runtime.advance('1s')
    await Promise.all(Array.from({ length: 100 }, () => ask(link)))
    expect(client.asked).toBe(before + 1)
    client.answer = () => 7
    await runtime.advance('1s')
    expect(await ask(link)).toEqual({ kind: 'success', value: 7 })
    expect(link.on(runtime).state().breaker).toBe('closed')
  })

  it('asks nobody while there is no connection', async () => {
    client.isReady = false
    expect(await ask(redisLink(client))).toMatchObject({ kind: 'failure', error: { code: 'REDIS_UNAVAILABLE' } })
    expect(client.asked).toBe(0)
  })

  it('tells when Redis is lost and found again', async () => {
    const link = redisLink(client, { failures: 1, retryEvery: '1s' })
    const told: string[] = []
    link.on(runtime).events.on('breaker.opened', () => told.push('lost'))
    link.on(runtime).events.on('breaker.closed', () => told.push('found'))
    client.fail()
    await ask(link)
    client.answer = () => 1
    await runtime.advance('1s')
    await ask(link)
    expect(told).toEqual(['lost', 'found'])
  })

  it('leaves no timer behind that holds the process', async () => {
    client.hang()
    const answer = ask(redisLink(client))
    await runtime.advance('50ms')
    await answer
    expect(runtime.heldTimers).toBe(0)
  })

  it('refuses options that make no sense', () => {
    expect(() => redisLink(client, { maxWait: 0 })).toThrow(/maxWait/)
    expect(() => redisLink(client, { failures: 0 })).toThrow(/failures/)
    expect(() => redisLink(client, { wait: 1 } as object)).toThrow(/redisLink has no option wait/)
  })
})

describe('a script', () => {
  it('is sent whole only when the server does not know it', async () => {
    await script.run(client, ['k'], [])
    await script.run(client, ['k'], [])
    expect(client.asked).toBe(2)
  })

  it('hands on every other error', async () => {
    const known = new FakeClient()
    await new Script('x').run(known, [], [])
    known.fail()
    await expect(new Script('x').run(known, [], [])).rejects.toThrow('Socket closed')
  })

  it('keeps the keys of one thing in one slot of a cluster', () => {
    expect(slotted('watertight', 'cache:prices')).toBe('watertight:{cache:prices}')
  })
})
