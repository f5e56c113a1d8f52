import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentId, indexName } from './index-name.ts'

describe('the name of an index', () => {
  it.each([
    ['order-summary@2', 'shop-order-summary.2'],
    ['orders@1/acme', 'shop-orders.1_2facme'],
    ['Orders_x@1', 'shop-_4frders_5fx.1'],
    ['größe@1', 'shop-gr_c3_b6_c3_9fe.1'],
  ])('of table %s is %s', (table, name) => {
    expect(indexName('shop-', table)).toBe(name)
  })

  it('is another one for each table, and has only signs that indices may have', () => {
    const tables = fc.string({ unit: fc.constantFrom('a', 'A', '.', '@', '_', '/', 'ö', '4', '1'), maxLength: 6 })
    fc.assert(
      fc.property(tables, tables, (a, b) => {
        expect(indexName('p', a) === indexName('p', b)).toBe(a === b)
        expect(indexName('p', a)).toMatch(/^[a-z0-9._-]+$/)
      }),
    )
  })
})

describe('the id of a document', () => {
  it('is the key, as long as that fits', () => {
    expect(documentId('order/17 ö')).toBe('order/17 ö')
    expect(documentId('x'.repeat(512))).toBe('x'.repeat(512))
  })

  it('is a hash of a key that is too long, and no short key has the same', () => {
    const long = documentId('ö'.repeat(300))
    expect(long).toMatch(/^sha256-[0-9a-f]{64}$/)
    expect(documentId('ö'.repeat(301))).not.toBe(long)
    expect(documentId(long)).not.toBe(long)
  })
})
