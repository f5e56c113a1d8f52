import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRuntime } from 'watertight'
import { faultSwitch } from '../process/faults.ts'
import { shellServer } from '../process/shell.ts'
import { guardDoor } from './door.ts'

let app: FastifyInstance
let letGo: () => void
let refused: string[]

beforeEach(async () => {
  refused = []
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  app = shellServer(systemRuntime, faultSwitch('gateway', 1), { inFlight: 0 })
  guardDoor(app, { refused: (code) => refused.push(code) }, { concurrent: 1, queue: 1, interval: '1h' })
  app.get('/products/:sku', async () => held.then(() => ({})))
  app.post('/orders', async () => ({}))
  await app.listen({ host: '127.0.0.1', port: 0 })
})

afterEach(async () => {
  letGo()
  await app.close()
})

const origin = (): string => app.listeningOrigin
const status = async (path: string, init?: RequestInit): Promise<number> =>
  (await fetch(`${origin()}${path}`, init)).status
const waiting = async (count: number): Promise<void> => {
  await expect.poll(connections).toBe(count)
}
const connections = (): Promise<number> =>
  new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))

describe('the door under more load than the shop can do', () => {
  it('turns away who looks around for who orders, and says when to come back', async () => {
    const inside = status('/products/1')
    await waiting(1)
    const looking = fetch(`${origin()}/products/2`)
    await waiting(2)
    const ordering = status('/orders', { method: 'POST' })
    const away = await looking
    expect(away.status).toBe(503)
    expect(away.headers.get('retry-after')).toBe('1')
    expect(refused).toEqual(['OVERLOADED'])
    letGo()
    expect(await Promise.all([inside, ordering])).toEqual([200, 200])
  })

  it('lets the next one in when who was inside hangs up', async () => {
    const impatient = new AbortController()
    const inside = fetch(`${origin()}/products/1`, { signal: impatient.signal }).catch(() => 'gone')
    await waiting(1)
    const ordering = status('/orders', { method: 'POST' })
    impatient.abort()
    expect(await inside).toBe('gone')
    expect(await ordering).toBe(200)
  })

  it('answers a health check all the same', async () => {
    const inside = status('/products/1')
    await waiting(1)
    expect(await status('/health')).toBe(200)
    letGo()
    expect(await inside).toBe(200)
  })
})
