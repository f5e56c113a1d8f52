import { Client } from '@opensearch-project/opensearch'
import { afterAll, describe, expect, it } from 'vitest'
import { readModelContract } from 'watertight/testing'
import { openSearchReadModel } from './open-search-read-model.ts'

const url = process.env['OPENSEARCH_URL']
if (url === undefined) {
  process.stderr.write('\n*** NO OPENSEARCH: its live tests are SKIPPED. Name one in OPENSEARCH_URL. ***\n\n')
}

describe.skipIf(url === undefined)('a read model in a real OpenSearch', () => {
  const client = new Client({ node: url ?? 'http://127.0.0.1:9200' })
  const prefix = `watertight-test-${process.pid}-${Date.now()}-`
  let made = 0
  const settings = { number_of_shards: 1, number_of_replicas: 0 }
  const fresh = () => openSearchReadModel(client, { prefix: `${prefix}${++made}-`, refresh: true, settings })

  afterAll(async () => {
    await client.indices.delete({ index: `${prefix}*` })
    await client.close()
  })

  readModelContract('OpenSearch', () => ({ target: fresh() }), { describe, it })

  it('is found by a search, without the rows that were deleted', async () => {
    const target = fresh()
    await target.write('orders@1', [
      { key: 'a', at: 1, row: { customer: 'ann' } },
      { key: 'b', at: 1, row: { customer: 'ann' } },
    ])
    await target.write('orders@1', [{ key: 'b', at: 2 }])
    const { body } = await client.search({
      index: target.searchable('orders@1'),
      body: { query: { match: { 'row.customer': { query: 'ann' } } } },
    })
    expect(body.hits.hits.map(({ _id }) => _id)).toEqual(['a'])
  })
})
