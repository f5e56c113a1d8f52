import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Agent, type Dispatcher, fetch as undiciFetch, Pool, request, upgrade } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { DEADLINE_HEADER } from '../../runtime/deadline.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { pipeline } from '../pipeline.ts'
import type { Policy } from '../policy.ts'
import { registry } from '../registry/registry.ts'
import { fixed } from '../retry/backoff.ts'
import { retry } from '../retry/retry.ts'
import { timeout } from '../timeout/timeout.ts'
import { interceptor, type InterceptorOptions } from './interceptor.ts'
import { TestServer, until } from './test-server.fixture.ts'

const cleanUps: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

async function serve(...args: Parameters<typeof TestServer.start>): Promise<TestServer> {
  const server = await TestServer.start(...args)
  cleanUps.push(() => server.stop())
  return server
}

function failing(failures: number, status = 503, body = 'failed'): Promise<TestServer> {
  return serve((_, response, n) => {
    if (n <= failures) response.writeHead(status).end(body)
    else response.end(`answer ${n}`)
  })
}

const again = retry({ attempts: 3, backoff: fixed(1), budget: { ratio: 1, minPerSecond: 100 } })

function through(policies: Policy[], options: InterceptorOptions = {}) {
  const live = pipeline('api', ...policies).on(systemRuntime)
  const agent = new Agent()
  cleanUps.push(() => agent.destroy())
  const dispatcher: Dispatcher = agent.compose(interceptor(live, options))
  const told: { type: string; event: object }[] = []
  live.events.onAny((type, event) => told.push({ type, event }))
  return { live, dispatcher, told }
}

async function closedPort(): Promise<string> {
  const server = await TestServer.start(() => undefined)
  await server.stop()
  return server.url
}

describe('interceptor', () => {
  it('answers as undici does, for request and for fetch', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'x-a': 'b' }).end('body')
    })
    const { dispatcher } = through([again, timeout('5s')])
    const { statusCode, headers, body } = await request(server.url, { dispatcher })
    expect([statusCode, headers['x-a'], await body.text()]).toEqual([200, 'b', 'body'])
    expect(await (await undiciFetch(server.url, { dispatcher })).text()).toBe('body')
  })

  it('works on a pool, and has one pipeline for each origin', async () => {
    const [sick, well] = [await failing(9), await failing(0)]
    const all = registry({ make: () => [circuitBreaker({ failures: 1, openFor: '1m' })] })
    const ask = async (server: TestServer) => {
      const pool = new Pool(server.url)
      cleanUps.push(() => pool.destroy())
      const { statusCode, body } = await pool.compose(interceptor(all)).request({ path: '/', method: 'GET' })
      await body.dump()
      return statusCode
    }
    expect(await ask(sick)).toBe(503)
    await expect(ask(sick)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(await ask(well)).toBe(200)
  })

  it('repeats what can be repeated, on the same connection', async () => {
    const server = await failing(2)
    const { dispatcher, live } = through([again, bulkhead({ concurrent: 1 })])
    const { body } = await request(server.url, { dispatcher })
    expect(await body.text()).toBe('answer 3')
    await until(() => live.idle)
    expect(await server.connections()).toBe(1)
  })

  it('hands a failing answer on with its body when no retry could mend it', async () => {
    const server = await failing(9, 503, 'x'.repeat(300_000))
    const { dispatcher } = through([again])
    const { statusCode, body } = await request(server.url, { dispatcher })
    expect([statusCode, (await body.text()).length]).toEqual([503, 300_000])
  })

  it('hands on a body of any size, at the pace of its reader', async () => {
    const server = await serve((_, response) => response.end(Buffer.alloc(5_000_000, 'x')))
    const { dispatcher, live } = through([bulkhead({ concurrent: 1 })])
    const { body } = await request(server.url, { dispatcher })
    let size = 0
    for await (const chunk of body) {
      size += (chunk as Buffer).length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(size).toBe(5_000_000)
    await until(() => live.idle)
  })

  it('repeats no POST whose outcome is unknown, unless it says so', async () => {
    const server = await failing(1)
    const { dispatcher, told } = through([again])
    const { statusCode, body } = await request(server.url, { dispatcher, method: 'POST', body: 'x' })
    await body.dump()
    expect(statusCode).toBe(503)
    expect(told).toContainEqual({ type: 'http.notRepeated', event: expect.objectContaining({ reason: 'method' }) })
    const other = await failing(1)
    const headers = { 'Idempotency-Key': 'k' }
    const second = await request(other.url, { dispatcher, method: 'POST', body: 'x', headers })
    expect(await second.body.text()).toBe('answer 2')
    expect(other.requests.map(({ body: sent }) => sent)).toEqual(['x', 'x'])
  })

  it('sends a stream once, and says why', async () => {
    const server = await failing(1)
    const { dispatcher, told } = through([again])
    const options = { dispatcher, method: 'PUT' as const, body: Readable.from(['once']) }
    const { statusCode, body } = await request(server.url, options)
    await body.dump()
    expect(statusCode).toBe(503)
    expect(server.requests.map(({ body: sent }) => sent)).toEqual(['once'])
    expect(told).toContainEqual({ type: 'http.notRepeated', event: expect.objectContaining({ reason: 'body' }) })
  })

  it('tells a refused connection, which executed nothing, from one that broke', async () => {
    const { dispatcher } = through([again])
    const refused = request(await closedPort(), { dispatcher, method: 'POST', body: 'x' })
    await expect(refused).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    const server = await serve((asked) => asked.socket.destroy())
    const broken = request(server.url, { dispatcher, method: 'POST', body: 'x' })
    await expect(broken).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    expect(server.requests).toHaveLength(1)
  })

  it('keeps its permit until the body is through, and gives it back when the body breaks', async () => {
    let destroy = (): void => undefined
    const server = await serve((asked, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      destroy = () => asked.socket.destroy()
    })
    const { dispatcher, live } = through([bulkhead({ concurrent: 1 })])
    const { body } = await request(server.url, { dispatcher })
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 1 })
    await expect(request(server.url, { dispatcher })).rejects.toMatchObject({ code: 'BULKHEAD_FULL' })
    destroy()
    await expect(body.text()).rejects.toThrow()
    await until(() => live.idle)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('ends a body when its requester aborts', async () => {
    const server = await serve((_, response) => void response.write('never ending'))
    const { dispatcher, live } = through([bulkhead({ concurrent: 1 })])
    const controller = new AbortController()
    const { body } = await request(server.url, { dispatcher, signal: controller.signal })
    controller.abort()
    await expect(body.text()).rejects.toMatchObject({ name: 'AbortError' })
    await until(async () => live.idle && (await server.connections()) === 0)
  })

  it('notices an abort at once: before it began, in a queue, and under way', async () => {
    const server = await serve(() => undefined)
    const { dispatcher, live } = through([bulkhead({ concurrent: 1, queue: 1 })])
    const [first, second] = [new AbortController(), new AbortController()]
    const aborted = { name: 'AbortError' }
    const early = request(server.url, { dispatcher, signal: AbortSignal.abort() })
    await expect(early).rejects.toMatchObject(aborted)
    const running = request(server.url, { dispatcher, signal: first.signal })
    const queued = request(server.url, { dispatcher, signal: second.signal })
    await until(() => server.requests.length === 1 && live.state().queued === 1)
    second.abort()
    await expect(queued).rejects.toMatchObject(aborted)
    first.abort()
    await expect(running).rejects.toMatchObject(aborted)
    await until(async () => live.idle && (await server.connections()) === 0)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('aborts an attempt that ran into its time limit, and repeats it', async () => {
    const server = await serve((_, response, n) => void (n > 1 && response.end('second')))
    const { dispatcher, live } = through([again, timeout(250)])
    const { body } = await request(server.url, { dispatcher })
    expect(await body.text()).toBe('second')
    await until(async () => live.idle && (await server.connections()) === 1)
  })

  it('sends the time that remains, whatever form the headers have', async () => {
    const server = await serve((_, response) => response.end())
    const { dispatcher } = through([timeout('5s')])
    for (const headers of [undefined, { a: '1' }, ['a', '1'], new Map([['a', '1']])]) {
      await (await request(server.url, { dispatcher, ...(headers && { headers }) })).body.dump()
    }
    for (const { headers } of server.requests) expect(Number(headers[DEADLINE_HEADER])).toBeGreaterThan(3_000)
    expect(server.requests.map(({ headers }) => headers['a'])).toEqual([undefined, '1', '1', '1'])
  })

  it('hands an upgraded connection over', async () => {
    const server = createServer().on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nhello')
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)))
    const { port } = server.address() as AddressInfo
    const { dispatcher, live } = through([bulkhead({ concurrent: 1 })])
    const { socket } = await upgrade(`http://127.0.0.1:${port}/`, { dispatcher, protocol: 'echo' })
    expect(await text(socket)).toBe('hello')
    await until(() => live.idle)
  })

  it('says what is wrong with a request that cannot be made', async () => {
    const server = await failing(0)
    const { dispatcher } = through([])
    const call = request(server.url, { dispatcher, headers: { 'not a name': 'x' } })
    await expect(call).rejects.toMatchObject({ cause: { code: 'UND_ERR_INVALID_ARG' } })
  })

  it('ends a body at the deadline that the hints give', async () => {
    const server = await serve((_, response) => void response.write('never ending'))
    const { dispatcher } = through([], { hints: () => ({ deadline: systemRuntime.now() + 400 }) })
    const { body } = await request(server.url, { dispatcher })
    await expect(body.text()).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
