import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeOrders } from './take-orders.ts'

const order = (id: string, fields: object = {}): object => ({
  id,
  placedAt: '2011-09-01T08:25:00+01:00',
  customerId: '13509',
  country: 'United Kingdom',
  currency: 'GBP',
  lines: [{ sku: '20677', description: 'PINK POLKADOT BOWL', quantity: 8, unitPriceMinor: 125 }],
  ...fields,
})

const text = (...orders: readonly object[]): string => orders.map((entry) => `${JSON.stringify(entry)}\n`).join('')

describe('orders from a file', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orders-'))
    path = join(folder, 'orders.ndjson')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const takeFrom = async (content: string | Uint8Array, count: number): ReturnType<typeof takeOrders> => {
    await writeFile(path, content)
    return takeOrders(path, 1, count)
  }

  it('are taken in their sequence', async () => {
    const { orders, repeated } = await takeFrom(text(order('a'), order('b'), order('c')), 2)
    expect(orders.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(repeated).toBe(0)
  })

  it('are read from gzip, told apart by its first bytes and not by the name', async () => {
    const { orders } = await takeFrom(gzipSync(text(order('a'))), 1)
    expect(orders[0]?.id).toBe('a')
  })

  it('begin again under new ids when they run out', async () => {
    const { orders, repeated } = await takeFrom(text(order('a'), order('b')), 5)
    expect(orders.map(({ id }) => id)).toEqual(['a', 'b', 'a-r2', 'b-r2', 'a-r3'])
    expect(repeated).toBe(2)
  })

  it('may have no customer, no description, a price of 0, and a last line without its end', async () => {
    const lines = [{ sku: 'X', description: null, quantity: 1, unitPriceMinor: 0 }]
    const { orders } = await takeFrom(text(order('a', { customerId: null, lines })).trimEnd(), 1)
    expect(orders[0]).toMatchObject({ customerId: null, lines })
  })

  it('keep characters that fall on the border of two chunks', async () => {
    const country = '£é€'.repeat(60_000)
    const { orders } = await takeFrom(text(order('a', { country })), 1)
    expect(orders[0]?.country).toBe(country)
  })

  it.each([
    ['a line that is not JSON', `${text(order('a'))}{"id":\n`, /line 2 is not JSON/],
    ['a broken line behind those that are needed', `${text(order('a'), order('b'))}oops\n`, /line 3 is not JSON/],
    ['an order without lines', text(order('a', { lines: [] })), /line 1 has no list "lines"/],
    [
      'a quantity that is not whole',
      text(order('a', { lines: [{ sku: 'X', description: null, quantity: 1.5, unitPriceMinor: 1 }] })),
      /line 1 has 1\.5 in "lines\[0\]\.quantity"/,
    ],
    ['another currency', text(order('a', { currency: 'EUR' })), /line 1 has currency "EUR"/],
    ['an empty file', '', /holds no order/],
    ['bytes that are no text', Uint8Array.of(0x7b, 0xff, 0xfe, 0x0a), /is not UTF-8 text/],
    ['a truncated gzip', gzipSync(text(order('a'), order('b'))).subarray(0, 60), /truncated/],
  ])('are refused with one clear line and exit code 2: %s', async (_, content, message) => {
    const failure = takeFrom(content, 1)
    await expect(failure).rejects.toMatchObject({ exitCode: 2 })
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toThrow(/^[^\n]*$/)
  })

  it('are refused when there is no such file', async () => {
    await expect(takeOrders(join(folder, 'missing'), 1, 1)).rejects.toThrow(/there is no such file/)
  })

  it('are refused when the path is a folder', async () => {
    await expect(takeOrders(folder, 1, 1)).rejects.toThrow(/is a folder/)
  })
})
