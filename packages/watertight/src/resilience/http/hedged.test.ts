import { Agent, request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { bulkhead } from '../bulkhead/bulkhead.ts'
import { hedge } from '../hedge/hedge.ts'
import { pipeline } from '../pipeline.ts'
import { fetchWith } from './fetch-with.ts'
import { interceptor } from './interceptor.ts'
import { TestServer, until } from './test-server.fixture.ts'

let server: TestServer | undefined
const agent = new Agent()

afterEach(async () => {
  await server?.stop()
})

const hedged = () =>
  pipeline('api', hedge({ after: 20, idempotent: true }), bulkhead({ concurrent: 5 })).on(systemRuntime)

describe('hedged requests', () => {
  it('answer with the first good answer, and let go of the others (fetch)', async () => {
    server = await TestServer.start((_, response, n) => void (n > 1 && response.end(`answer ${n}`)))
    const live = hedged()
    const response = await fetchWith(live)(server.url)
    expect(await response.text()).toBe('answer 2')
    await until(() => live.idle)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('answer with the first good answer, and let go of the others (undici)', async () => {
    server = await TestServer.start((_, response, n) => void (n > 1 && response.end(`answer ${n}`)))
    const live = hedged()
    const { body } = await request(server.url, { dispatcher: agent.compose(interceptor(live)) })
    expect(await body.text()).toBe('answer 2')
    await until(() => live.idle)
    expect(live.state().policies['bulkhead']).toMatchObject({ active: 0 })
  })

  it('answer with a failing answer and its body when all of them failed', async () => {
    server = await TestServer.start((_, response, n) => {
      setTimeout(() => response.writeHead(500).end(`failed ${n}`), 60)
    })
    const response = await fetchWith(hedged())(server.url)
    expect(response.status).toBe(500)
    expect(await response.text()).toMatch(/failed \d/)
    const { statusCode, body } = await request(server.url, { dispatcher: agent.compose(interceptor(hedged())) })
    expect(statusCode).toBe(500)
    expect(await body.text()).toMatch(/failed \d/)
  })

  it('are not made of a POST, even where the policy takes its calls for idempotent', async () => {
    server = await TestServer.start((_, response) => {
      setTimeout(() => response.end('once'), 60)
    })
    await (await fetchWith(hedged())(server.url, { method: 'POST', body: 'x' })).text()
    expect(server.requests).toHaveLength(1)
  })
})
