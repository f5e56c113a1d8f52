import { afterEach, describe, expect, it } from 'vitest'
import { DEADLINE_HEADER } from '../../runtime/deadline.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { fallback } from '../fallback/fallback.ts'
import { pipeline } from '../pipeline.ts'
import type { Policy } from '../policy.ts'
import { registry } from '../registry/registry.ts'
import { fixed } from '../retry/backoff.ts'
import { retry } from '../retry/retry.ts'
import { timeout } from '../timeout/timeout.ts'
import { fetchWith } from './fetch-with.ts'
import { TestServer, until } from './test-server.fixture.ts'

const servers: TestServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function serve(...args: Parameters<typeof TestServer.start>): Promise<TestServer> {
  const server = await TestServer.start(...args)
  servers.push(server)
  return server
}

const again = retry({ attempts: 3, backoff: fixed(1), budget: { ratio: 1, minPerSecond: 100 } })

/** Answers 503 to the first `failures` requests, and 200 to the others. */
function failing(failures: number, status = 503, headers: Record<string, string> = {}) {
  return serve((_, response, n) => {
    if (n <= failures) response.writeHead(status, headers).end(`failed ${n}`)
    else response.end(`answer ${n}`)
  })
}

function through(...policies: Policy[]) {
  const live = pipeline('api', ...policies).on(systemRuntime)
  const told: { type: string; event: object }[] = []
  live.events.onAny((type, event) => told.push({ type, event }))
  return { live, http: fetchWith(live), told }
}

/** A port that nobody listens to. */
async function closedPort(): Promise<string> {
  const server = await TestServer.start(() => undefined)
  await server.stop()
  return server.url
}

describe('fetchWith', () => {
  it('answers as fetch does', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'x-a': 'b', 'set-cookie': ['a=1', 'b=2'] }).end('{"ok":true}')
    })
    const response = await through().http(`${server.url}/path?q=1`, { headers: { accept: 'application/json' } })
    expect(response.url).toBe(`${server.url}/path?q=1`)
    expect(response.headers.get('x-a')).toBe('b')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.json()).toEqual({ ok: true })
    expect(server.requests[0]?.headers['accept']).toBe('application/json')
  })

  it('has one pipeline for each origin, where it is given a registry', async () => {
    const [sick, well] = [await failing(9), await failing(0)]
    const http = fetchWith(registry({ make: () => [circuitBreaker({ failures: 1, openFor: '1m' })] }))
    expect((await http(sick.url)).status).toBe(503)
    await expect(http(sick.url)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', source: 'circuitBreaker' })
    expect((await http(well.url)).status).toBe(200)
  })

  it('repeats what can be repeated, and frees the bodies of discarded attempts', async () => {
    const server = await failing(2)
    const { http, live } = through(again, bulkhead({ concurrent: 1 }))
    const response = await http(server.url)
    expect(await response.text()).toBe('answer 3')
    await until(() => live.idle)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('hands a failing answer on as an answer, with its body, when no retry could mend it', async () => {
    const server = await failing(9)
    const response = await through(again).http(server.url)
    expect(response.status).toBe(503)
    expect(await response.text()).toBe('failed 3')
  })

  it('takes 429 and 503 for overload, which is repeated only out of a budget', async () => {
    const server = await failing(9, 429)
    const { http, told } = through(retry({ attempts: 3, backoff: fixed(1) }))
    expect((await http(server.url)).status).toBe(429)
    expect(server.requests).toHaveLength(1)
    expect(told).toContainEqual({ type: 'call.failed', event: expect.objectContaining({ kind: 'overloaded' }) })
  })

  it('takes a 404 for a good answer, and a 500 for a failure', async () => {
    const server = await serve((_, response, n) => response.writeHead(n === 1 ? 404 : 500).end())
    const { http, live } = through(circuitBreaker({ failures: 1, openFor: '1m' }))
    expect((await http(server.url)).status).toBe(404)
    expect(live.state().breaker).toBe('closed')
    expect((await http(server.url)).status).toBe(500)
    expect(live.state().breaker).toBe('open')
  })

  it('does not repeat a status that is not worth it', async () => {
    const server = await failing(9, 501)
    expect((await through(again).http(server.url)).status).toBe(501)
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    ['seconds', () => '7', 7_000],
    ['a date', () => new Date(Date.now() + 5_400_000).toUTCString(), 5_400_000],
  ])('heeds Retry-After in %s', async (_, header, about) => {
    const server = await failing(9, 503, { 'retry-after': header() })
    const { http, told } = through(retry({ attempts: 2, budget: { ratio: 1, minPerSecond: 10 }, maxRetryAfter: '1s' }))
    expect((await http(server.url)).status).toBe(503)
    const failed = told.find(({ type }) => type === 'attempt.failed')?.event as { error: { retryAfterMs: number } }
    expect(Math.abs(failed.error.retryAfterMs - about)).toBeLessThan(10_000)
    expect(told).toContainEqual({ type: 'retry.gaveUp', event: expect.objectContaining({ reason: 'retry-after' }) })
  })

  it('waits as long as Retry-After says', async () => {
    const server = await failing(1, 503, { 'retry-after': '0' })
    const { http, told } = through(again)
    expect(await (await http(server.url)).text()).toBe('answer 2')
    expect(told.some(({ type }) => type === 'retry.waiting')).toBe(true)
  })

  it.each([
    ['PUT', {}, 2],
    ['DELETE', {}, 2],
    ['POST', {}, 1],
    ['PATCH', {}, 1],
    ['POST', { headers: { 'Idempotency-Key': 'k1' } }, 2],
    ['POST', { call: { idempotent: true } }, 2],
    ['GET', { call: { idempotent: false } }, 1],
  ])('repeats by what RFC 9110 says of %s %o', async (method, init, requests) => {
    const server = await failing(1)
    const { http, told } = through(again)
    await http(server.url, { method, ...init })
    expect(server.requests).toHaveLength(requests)
    const event = expect.objectContaining({ method, reason: 'method' })
    expect(told.some(({ type }) => type === 'http.notRepeated')).toBe(requests === 1)
    if (requests === 1) expect(told).toContainEqual({ type: 'http.notRepeated', event })
  })

  it('does not repeat a POST that ran into a time limit: nobody knows what became of it', async () => {
    const server = await serve(() => undefined)
    const { http, told } = through(again, timeout(250))
    await expect(http(server.url, { method: 'POST', body: 'x' })).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(server.requests).toHaveLength(1)
    expect(told).toContainEqual({ type: 'retry.gaveUp', event: expect.objectContaining({ reason: 'not-idempotent' }) })
  })

  it('repeats a POST that the server says it has not executed (429)', async () => {
    const server = await failing(1, 429)
    expect((await through(again).http(server.url, { method: 'POST', body: 'x' })).status).toBe(200)
  })

  it.each([
    ['text', () => 'a=1'],
    ['bytes', () => new TextEncoder().encode('a=1')],
    ['search parameters', () => new URLSearchParams({ a: '1' })],
    ['a blob', () => new Blob(['a=1'])],
  ])('sends %s again as it was', async (_, body) => {
    const server = await failing(1)
    await through(again).http(server.url, { method: 'PUT', body: body() })
    expect(server.requests.map((request) => request.body)).toEqual(['a=1', 'a=1'])
  })

  it('sends form data again', async () => {
    const server = await failing(1)
    const body = new FormData()
    body.set('field', 'value')
    await through(again).http(server.url, { method: 'PUT', body })
    expect(server.requests.map((request) => request.body.includes('value'))).toEqual([true, true])
  })

  it.each([
    ['a stream', (url: string) => ({ input: url, body: new Blob(['once']).stream() })],
    [
      'the body of a Request',
      (url: string) => ({ input: new Request(url, { method: 'PUT', body: 'once' }), body: undefined }),
    ],
  ])('sends %s once, and says why', async (_, make) => {
    const server = await failing(1)
    const { http, told } = through(again)
    const { input, body } = make(server.url)
    const init = body === undefined ? {} : { method: 'PUT', body, duplex: 'half' as const }
    const response = await http(input, init)
    expect(response.status).toBe(503)
    expect(server.requests.map((request) => request.body)).toEqual(['once'])
    const event = expect.objectContaining({ method: 'PUT', reason: 'body' })
    expect(told).toContainEqual({ type: 'http.notRepeated', event })
  })

  it('knows that a refused connection executed nothing: even a POST is repeated', async () => {
    const { http, told } = through(again)
    const call = http(await closedPort(), { method: 'POST', body: 'x' })
    await expect(call).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    })
    expect(told.filter(({ type }) => type === 'attempt.failed')).toHaveLength(3)
  })

  it('knows that a host without a name executed nothing', async () => {
    const cause = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
    const http = fetchWith(pipeline('api'), { fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) })
    await expect(http('http://nowhere.example/')).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
  })

  it('does not know what became of a request whose connection broke', async () => {
    const server = await serve((request) => request.socket.destroy())
    await expect(through(again).http(server.url, { method: 'POST', body: 'x' })).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    })
    expect(server.requests).toHaveLength(1)
    await expect(through(again).http(server.url)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    expect(server.requests).toHaveLength(4)
  })

  it('tells the server how long its answer is waited for: the nearest limit', async () => {
    const server = await serve((_, response) => response.end())
    await through(timeout('5s')).http(server.url)
    await through().http(server.url, { call: { deadline: systemRuntime.now() + 60_000 } })
    await through().http(server.url)
    const [near, far, none] = server.requests.map(({ headers }) => headers[DEADLINE_HEADER])
    expect(Number(near)).toBeLessThanOrEqual(5_000)
    expect(Number(near)).toBeGreaterThan(3_000)
    expect(Number(far)).toBeGreaterThan(50_000)
    expect(none).toBeUndefined()
  })

  it('rejects with the reason of the signal when its caller aborts, as fetch does, and lets go of the connection', async () => {
    const server = await serve(() => undefined)
    const { http, live } = through(again, bulkhead({ concurrent: 1 }))
    const controller = new AbortController()
    const call = http(server.url, { signal: controller.signal })
    await until(() => server.requests.length === 1)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    await until(async () => live.idle && (await server.connections()) === 0)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('cancels the body of an answer that comes after it was given up, where fetch ignores its signal', async () => {
    const answer = Promise.withResolvers<Response>()
    const cancelled = Promise.withResolvers<void>()
    const live = pipeline('api', timeout(20), bulkhead({ concurrent: 1 })).on(systemRuntime)
    const http = fetchWith(live, { fetch: () => answer.promise })
    await expect(http('http://deaf.example/')).rejects.toMatchObject({ code: 'TIMED_OUT' })
    answer.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve() })))
    await cancelled.promise
    await until(() => live.idle)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('leaves no listener on the signal of its caller', async () => {
    const server = await failing(1)
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--
      remove(...args)
    }
    await (await through(again).http(server.url, { signal })).text()
    await until(() => listeners === 0)
    expect(listeners).toBe(0)
  })

  it('follows redirects within one attempt', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/old') response.writeHead(302, { location: '/new' }).end()
      else response.end(request.url)
    })
    const response = await through(timeout('5s')).http(`${server.url}/old`)
    expect(await response.text()).toBe('/new')
    expect(response.redirected).toBe(true)
    expect(response.url).toBe(`${server.url}/new`)
  })

  it('refuses wrong options', () => {
    expect(() => fetchWith(pipeline('x'), { retryStatuses: [42] })).toThrow(
      /retryStatuses must be a whole number from 100/,
    )
    expect(() => fetchWith(pipeline('x'), { retries: 3 } as object)).toThrow(/fetchWith has no option retries/)
  })

  it('hands on what a fallback answers', async () => {
    const stand = new Response('from the shelf')
    const http = fetchWith(pipeline('api', fallback(stand)))
    expect(await (await http(await closedPort())).text()).toBe('from the shelf')
  })
})

describe('a body that streams', () => {
  const slow = (): Promise<TestServer> =>
    serve((_, response) => {
      response.write('first ')
      setTimeout(() => response.end('last'), 60)
    })

  it('keeps its permit until it has been read', async () => {
    const server = await slow()
    const { http, live } = through(bulkhead({ concurrent: 1 }))
    const response = await http(server.url)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 1 })
    await expect(http(server.url)).rejects.toMatchObject({ code: 'BULKHEAD_FULL' })
    expect(await response.text()).toBe('first last')
    await until(() => live.idle)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
    await (await http(server.url)).text()
  })

  it('gives its permit back when it is cancelled', async () => {
    const server = await slow()
    const { http, live } = through(bulkhead({ concurrent: 1 }))
    await (await http(server.url)).body?.cancel()
    await until(() => live.idle)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('gives its permit back when the connection breaks in the middle, and tells its reader', async () => {
    const server = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setTimeout(() => request.socket.destroy(), 10)
    })
    const { http, live } = through(bulkhead({ concurrent: 1 }))
    const response = await http(server.url)
    await expect(response.text()).rejects.toThrow()
    await until(() => live.idle)
  })

  it('is waited for where it decides how the attempt ended: one that breaks is a failure, and asked for again', async () => {
    const server = await serve((_, response, n) => {
      response.writeHead(200, { 'content-length': 10 }).write('begun')
      if (n === 1) setTimeout(() => response.destroy(), 20)
      else response.end(' done')
    })
    const live = pipeline('api', again, circuitBreaker({ failures: 5 }), bulkhead({ concurrent: 1 })).on(systemRuntime)
    const response = await fetchWith(live, { settle: 'body' })(`${server.url}/`)
    expect(live.state().policies).toMatchObject({ retry: { retries: 1 }, bulkhead: { active: 0, admitted: 2 } })
    expect(response.url).toBe(`${server.url}/`)
    expect(await response.text()).toBe('begun done')
  })

  it('gives its permit back after a while when nobody reads it', async () => {
    const server = await slow()
    const live = pipeline('api', bulkhead({ concurrent: 1 })).on(systemRuntime)
    await fetchWith(live, { bodyHold: 20 })(server.url)
    expect(live.idle).toBe(false)
    await until(() => live.idle)
  })

  it('has no permit to keep when there is no body', async () => {
    const server = await serve((_, response) => response.writeHead(204).end())
    const { http, live } = through(bulkhead({ concurrent: 1 }))
    const response = await http(server.url)
    expect(response.body).toBeNull()
    expect(live.idle).toBe(true)
  })

  it('still ends when its caller aborts', async () => {
    const server = await serve((_, response) => void response.write('never ending'))
    const { http, live } = through(timeout('5s'), bulkhead({ concurrent: 1 }))
    const controller = new AbortController()
    const response = await http(server.url, { signal: controller.signal })
    controller.abort()
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' })
    await until(async () => live.idle && (await server.connections()) === 0)
  })

  it('still ends at the deadline of its caller', async () => {
    const server = await serve((_, response) => void response.write('never ending'))
    const response = await through().http(server.url, { call: { deadline: systemRuntime.now() + 400 } })
    await expect(response.text()).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('is not cut short by a time limit that its head has met', async () => {
    const server = await serve((_, response) => {
      response.write('first ')
      setTimeout(() => response.end('last'), 400)
    })
    const response = await through(timeout(300)).http(server.url)
    expect(await response.text()).toBe('first last')
  })
})
