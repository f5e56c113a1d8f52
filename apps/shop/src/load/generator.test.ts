import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Article } from '../retail/generated-catalogue.ts'
import { readLines } from '../retail/ndjson.ts'
import { takeOrders } from '../retail/take-orders.ts'
import { type LoadPlan, ordersIn } from './arrivals.ts'
import { Generator } from './generator.ts'
import { type Acknowledgement, Journal } from './journal.ts'
import { scheduleOf } from './schedule.ts'
import type { LoadResult } from './tally.ts'

const CATALOGUE: readonly Article[] = [{ sku: 'A/1', description: 'RED BOWL', unitPriceMinor: 100 }]
const PLAN: LoadPlan = {
  seed: 1,
  phases: [{ name: 'spike', seconds: 0.5, rate: 200 }],
  mix: { browse: 0.4, search: 0.1, 'sign-in': 0.1, order: 0.4 },
}

type Answering = (request: IncomingMessage, response: ServerResponse) => void

const respond = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const shop: Answering = ({ url = '' }, response) =>
  url === '/sign-in'
    ? respond(response, 200, { accessToken: 'access', refreshToken: 'refresh', expiresIn: 300 })
    : respond(response, url === '/orders' ? 202 : 200, {})

describe('Generator', () => {
  let folder: string
  let server: Server
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'load-'))
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })

  async function prepared(answering: Answering): Promise<Generator> {
    server = createServer(answering)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { orders } = await takeOrders(undefined, 1, ordersIn(PLAN))
    const { port } = server.address() as AddressInfo
    const journal = await Journal.open(join(folder, 'journal'))
    return Generator.prepare(PLAN, scheduleOf(PLAN, CATALOGUE, orders), port, journal)
  }

  const figuresOf = (
    { phases }: LoadResult,
    route: 'browse' | 'order',
  ): { offered: number; succeeded: number } | undefined => phases['spike']?.[route]

  it('sends every request once and lists every acknowledged order', async () => {
    const generator = await prepared(shop)
    const result = await generator.run(() => {})
    const told = await readLines<Acknowledgement>(join(folder, 'journal'))
    expect(figuresOf(result, 'browse')).toMatchObject({ success: 1 })
    expect(told).toHaveLength(ordersIn(PLAN))
    expect(told.every(({ status }) => status === 'pending')).toBe(true)
    expect(result.orders).toEqual({ pending: ordersIn(PLAN) })
  })

  it('sends tokens and idempotency keys with orders, and the refresh token with sign-ins', async () => {
    const orders: IncomingMessage[] = []
    let signIns = ''
    const generator = await prepared((request, response) => {
      if (request.url === '/orders') orders.push(request)
      if (request.url === '/sign-in') request.on('data', (chunk) => (signIns += String(chunk)))
      shop(request, response)
    })
    await generator.run(() => {})
    expect(new Set(orders.map(({ headers }) => headers['idempotency-key'])).size).toBe(orders.length)
    expect(orders.every(({ headers }) => headers.authorization === 'Bearer access')).toBe(true)
    expect(signIns).toContain('"password"')
    expect(signIns).toContain('"refreshToken":"refresh"')
  })

  it('does not wait for answers: a hanging shop gets the whole load, and what is unfinished has failed', async () => {
    let arrived = 0
    const generator = await prepared((request, response) => {
      if (request.url === '/sign-in') return shop(request, response)
      arrived++
      return undefined
    })
    const result = generator.run(() => {})
    await expect.poll(() => arrived, { timeout: 5_000 }).toBeGreaterThan(60)
    generator.finish()
    const { refusedByCause, phases } = await result
    expect(refusedByCause).toHaveProperty('UNFINISHED')
    expect(phases['spike']?.browse).toMatchObject({ succeeded: 0, p50: null })
    const told = await readLines<Acknowledgement>(join(folder, 'journal'))
    expect(told.every(({ status }) => status === 'unknown')).toBe(true)
  })

  it('tells refusals by their code, and that the customer was refused', async () => {
    const generator = await prepared((request, response) =>
      request.url === '/orders'
        ? respond(response, 503, { code: 'CIRCUIT_OPEN', message: 'later' })
        : shop(request, response),
    )
    const { refusedByCause, orders } = await generator.run(() => {})
    expect(refusedByCause).toEqual({ CIRCUIT_OPEN: ordersIn(PLAN) })
    expect(orders).toEqual({ refused: ordersIn(PLAN) })
  })

  it('renews its tokens before they expire', async () => {
    let signIns = 0
    const tokens = new Set<string | undefined>()
    const generator = await prepared((request, response) => {
      if (request.url === '/orders') tokens.add(request.headers.authorization)
      if (request.url !== '/sign-in') return shop(request, response)
      return respond(response, 200, { accessToken: `access-${signIns++}`, refreshToken: 'refresh', expiresIn: 0.1 })
    })
    await generator.run(() => {})
    expect(tokens.size).toBeGreaterThan(3)
  })

  it('says who could not sign in when the shop does not let the order desk in', async () => {
    await expect(prepared((_, response) => respond(response, 401, { code: 'SIGN_IN_FAILED' }))).rejects.toThrow(
      /order desk could not sign in: 401/,
    )
  })
})
