import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryStore, streamId } from 'watertight/store'
import { projection, readRow, runProjection } from 'watertight/event-store'
import { readModelContract, VirtualRuntime } from 'watertight/testing'
import { requireService } from '../../../../scripts/services/require-service.ts'
import { type OwnRedisClient, redisClient } from '../link/connect.ts'
import { connected } from '../link/connected.fixture.ts'
import { redisLink } from '../link/redis-link.ts'
import { redisReadModel } from './redis-read-model.ts'

const url = await requireService('redis')

describe.skipIf(url === undefined)('a read model in Redis', () => {
  let client: OwnRedisClient
  let made = 0
  const prefix = `test:${process.pid}:${Date.now()}`
  const fresh = () => redisReadModel(redisLink(client, { maxWait: '5s' }), { prefix: `${prefix}:${++made}` })

  beforeAll(async () => {
    client = await connected(redisClient({ url: url as string }))
  })
  afterAll(() => client.destroy())

  readModelContract(
    'Redis',
    () => {
      const target = fresh()
      const close = async (): Promise<void> => {
        for (const table of ['orders@1', 'orders@2', 'orders@1/acme']) await target.drop(table)
      }
      return { target, close }
    },
    { describe, it },
  )

  it('is kept up by a projection, and shows the writer its own write', async () => {
    const store = memoryStore()
    const target = fresh()
    const paid = projection<number>('paid', { version: 1 }).on<number>(
      'account.paid',
      (row = 0, amount) => row + amount,
    )
    const running = runProjection(paid, { store, target })
    let token = ''
    for (const amount of [1, 2, 3]) {
      const event = { id: `e-${amount}`, type: 'account.paid', schema: 1, data: amount }
      const events = [{ ...event, meta: { correlation: 'c', causation: 'c' } }]
      const stream = streamId('account', 'a')
      const committed = await store.commit({ appends: [{ stream, expected: 'any', appendId: event.id, events }] })
      token = committed.ok ? committed.token : ''
    }
    expect(await readRow(paid, store, 'a', { target, atLeast: token })).toBe(6)
    await running.close()
    await target.drop(paid.table())
  })
})

describe('a read model in a Redis that is gone', () => {
  it('says so, in a way that is tried again', async () => {
    const runtime = new VirtualRuntime()
    const gone = {
      isReady: false,
      evalSha: async () => null,
      eval: async () => null,
    }
    const target = redisReadModel(redisLink(gone), { runtime })
    await expect(target.read('orders@1', ['a'])).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retryable: true })
    await expect(target.write('orders@1', [{ key: 'a', at: 1, row: 1 }])).rejects.toMatchObject({ retryable: true })
  })
})
