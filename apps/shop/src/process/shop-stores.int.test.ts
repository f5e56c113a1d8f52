import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireService } from '../../../../scripts/services/require-service.ts'
import { shopStores } from './shop-stores.ts'

const url = await requireService('postgres')

describe('the databases of a shop', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-stores-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('are files of the data folder where no server is named', async () => {
    const stores = shopStores(folder, undefined)
    await (await stores.open('orders')).close()
    await (await stores.open('mail')).close()
    expect(await stores.held()).toEqual(['mail', 'orders'])
  })

  it.each(['mysql://localhost/x', 'localhost:5432', 'postgres'])('refuse %s without showing it', (text) => {
    expect(() => shopStores(folder, `${text}?password=secret`)).toThrow(
      'DATABASE_URL must be postgres://user:password@host:port/database',
    )
  })

  describe.skipIf(url === undefined)('on PostgreSQL', () => {
    it('are one for each service, and go with the data folder they belong to', async () => {
      const stores = shopStores(folder, url)
      const elsewhere = shopStores(`${folder}-other`, url)
      const [orders, inventory] = await Promise.all([stores.open('orders'), stores.open('inventory')])
      try {
        await orders.commit({ rows: [{ table: 't', key: 'k', value: 1 }] })
        expect(await inventory.row('t', 'k')).toBeUndefined()
        expect((await orders.row('t', 'k'))?.value).toBe(1)
      } finally {
        await Promise.all([orders.close(), inventory.close()])
      }
      await (await stores.open('mail')).close()
      expect(await stores.held()).toEqual(['mail', 'inventory', 'orders'])
      expect(await elsewhere.held()).toEqual([])
      await stores.drop()
      expect(await stores.held()).toEqual(['mail'])
    })

    it('can be opened by two processes at once that find none', async () => {
      const stores = shopStores(folder, url)
      const both = await Promise.all([stores.open('users'), stores.open('users')])
      expect(await stores.held()).toEqual(['users'])
      await Promise.all(both.map((store) => store.close()))
      await stores.drop()
    })
  })
})
