import { Client } from '@opensearch-project/opensearch'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parkedKeys, projection, readRow, runProjection } from 'watertight/event-store'
import { memoryStore, type Store, streamId } from 'watertight/store'
import { readModelContract, VirtualRuntime } from 'watertight/testing'
import { IndexServer } from './index-server.fixture.ts'
import { type OpenSearchReadModel, openSearchReadModel } from './open-search-read-model.ts'

readModelContract(
  'an index over HTTP',
  async () => {
    const server = await IndexServer.start()
    const client = new Client({ node: server.url })
    const close = async (): Promise<void> => {
      await client.close()
      await server.close()
    }
    return { target: openSearchReadModel(client), close }
  },
  { describe, it },
)

describe('a read model in a search index', () => {
  let server: IndexServer
  let client: Client
  let target: OpenSearchReadModel

  beforeEach(async () => {
    server = await IndexServer.start()
    client = new Client({ node: server.url, maxRetries: 0 })
    target = openSearchReadModel(client, {
      prefix: 'shop-',
      refresh: true,
      mapping: () => ({ properties: { total: { type: 'long' }, customer: { type: 'keyword' } } }),
    })
  })
  afterEach(async () => {
    await client.close()
    await server.close()
  })

  async function search(term: object): Promise<readonly unknown[]> {
    const { body } = await client.search({ index: target.searchable('orders@1'), body: { query: { term } } as object })
    return body.hits.hits.map(({ _source }) => _source)
  }

  it('is found by a search, without the rows that were deleted', async () => {
    await target.write('orders@1', [
      { key: 'a', at: 1, row: { customer: 'ann', total: 5 } },
      { key: 'b', at: 1, row: { customer: 'ann', total: 7 } },
      { key: 'c', at: 1, row: { customer: 'bob', total: 9 } },
    ])
    await target.write('orders@1', [{ key: 'b', at: 2 }])
    expect(await search({ 'row.customer': 'ann' })).toEqual([
      { key: 'a', gone: false, row: { customer: 'ann', total: 5 } },
    ])
  })

  it('refuses a row that does not fit the mapping, by its key, and takes the others', async () => {
    const refused = await target.write('orders@1', [
      { key: 'a', at: 1, row: { total: 'much' } },
      { key: 'b', at: 1, row: { total: 7 } },
    ])
    expect(refused).toEqual([{ key: 'a', error: new Error('mapper_parsing_exception: failed to parse total') }])
    expect(await target.read('orders@1', ['a', 'b'])).toEqual([undefined, { at: 1, row: { total: 7 } }])
  })

  it.each([429, 500, 503])('fails in a way that is tried again when the index answers %s', async (status) => {
    server.fail(status)
    const failed = target.write('orders@1', [{ key: 'a', at: 1, row: { total: 7 } }])
    await expect(failed).rejects.toMatchObject({ code: 'OPENSEARCH_UNAVAILABLE', retryable: true })
    server.fail(status)
    await expect(target.read('orders@1', ['a'])).rejects.toMatchObject({ code: 'OPENSEARCH_UNAVAILABLE' })
    await target.write('orders@1', [{ key: 'a', at: 1, row: { total: 7 } }])
    expect(await target.read('orders@1', ['a'])).toEqual([{ at: 1, row: { total: 7 } }])
  })

  it('takes a document that was turned away for too many not for one that does not fit', async () => {
    await target.write('orders@1', [])
    server.turnAway(1)
    const rows = [
      { key: 'a', at: 1, row: { total: 1 } },
      { key: 'b', at: 1, row: { total: 2 } },
    ]
    await expect(target.write('orders@1', rows)).rejects.toMatchObject({ code: 'OPENSEARCH_UNAVAILABLE' })
    expect(await target.write('orders@1', rows)).toEqual([])
    expect(await target.read('orders@1', ['a', 'b'])).toEqual([
      { at: 1, row: { total: 1 } },
      { at: 1, row: { total: 2 } },
    ])
  })

  it('makes its index again, with its mapping, when somebody deleted it', async () => {
    await target.write('orders@1', [{ key: 'a', at: 1, row: { total: 1 } }])
    server.deleteAll()
    await expect(target.write('orders@1', [{ key: 'a', at: 2, row: { total: 2 } }])).rejects.toMatchObject({
      code: 'OPENSEARCH_UNAVAILABLE',
    })
    await target.write('orders@1', [{ key: 'a', at: 2, row: { total: 2 } }])
    expect(await target.write('orders@1', [{ key: 'b', at: 1, row: { total: 'much' } }])).toHaveLength(1)
  })

  it('says that the index is not there at all', async () => {
    await server.close()
    await expect(target.read('orders@1', ['a'])).rejects.toMatchObject({ code: 'OPENSEARCH_UNAVAILABLE' })
    server = await IndexServer.start()
  })

  it('lets a projection go on past a row that does not fit, and parks that row', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const orders = projection<{ total: unknown }>('orders', { version: 1 }).on('order.placed', (_, total) => ({
      total,
    }))
    await place(store, 'a', 'much')
    await place(store, 'b', 7)
    const running = runProjection(orders, { store, target, runtime })
    const parked = new Promise<string>((resolve) => {
      running.on('parked', (event) => resolve(event.parked.error.message))
    })
    await runtime.advance(0)
    expect(await parked).toMatch(/mapper_parsing_exception/)
    expect(await readRow(orders, store, 'b', { target })).toEqual({ total: 7 })
    expect(await parkedKeys(orders, { store }).list()).toHaveLength(1)
    await running.close()
  })

  async function place(store: Store, id: string, data: unknown): Promise<void> {
    const event = { id, type: 'order.placed', schema: 1, data, meta: { correlation: id, causation: id } }
    await store.commit({ appends: [{ stream: streamId('order', id), expected: 'any', appendId: id, events: [event] }] })
  }
})
