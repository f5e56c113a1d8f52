import type { FastifyInstance } from 'fastify'
import { refuse } from '../http/refusal.ts'
import type { History } from './history.ts'
import { historyPage } from './history-page.ts'

const MOST_ARTICLES = 1_000
const DAY = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' } as const

const bestsellersQuery = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1, maximum: MOST_ARTICLES, default: 20 } },
} as const
const revenueQuery = {
  type: 'object',
  properties: { from: { ...DAY, default: '0000-01-01' }, to: { ...DAY, default: '9999-12-31' } },
} as const

/**
 * `GET /history/customers/:id` (a page where HTML is asked for), `/history/invoices/:id`, `/history/bestsellers?limit=`,
 * `/history/revenue?from=&to=`, `/history/lag`.
 */
export function historyRoutes(app: FastifyInstance, history: History): void {
  app.get<{ Params: { id: string } }>('/history/customers/:id', async ({ params: { id }, headers }, reply) => {
    const page = await history.customer(id)
    if (page === undefined) return refuse(reply, 404, 'UNKNOWN_CUSTOMER', `nothing is known of customer ${id}`)
    if (!wantsHtml(headers.accept)) return page
    return reply.type('text/html; charset=utf-8').send(historyPage(page))
  })

  app.get<{ Params: { id: string } }>('/history/invoices/:id', async ({ params: { id } }, reply) => {
    return (await history.invoice(id)) ?? refuse(reply, 404, 'UNKNOWN_INVOICE', `the old records have no invoice ${id}`)
  })

  app.get<{ Querystring: { limit: number } }>(
    '/history/bestsellers',
    { schema: { querystring: bestsellersQuery } },
    async ({ query: { limit } }) => ({ articles: await history.bestsellers(limit) }),
  )

  app.get<{ Querystring: { from: string; to: string } }>(
    '/history/revenue',
    { schema: { querystring: revenueQuery } },
    async ({ query: { from, to } }) => ({ days: await history.revenue(from, to) }),
  )

  app.get('/history/lag', () => history.lag())
}

function wantsHtml(accept: string | undefined): boolean {
  return accept?.split(',').some((type) => type.trim().startsWith('text/html')) ?? false
}
