import * as fc from 'fast-check'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Balance, balance } from './balance.ts'
import { type Entry, KINDS } from './entry.ts'
import { readRetailFile } from './read-file.ts'
import { COLUMNS, type Reject } from './row.ts'
import { sortRows } from './sort-rows.ts'

const HEADER = COLUMNS.join(',')

interface Imported {
  readonly entries: readonly Entry[]
  readonly rejects: readonly Reject[]
  readonly balance: Balance
  readonly ambiguousTimes: number
}

describe('the import of the raw retail file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const importText = async (text: string | Uint8Array): Promise<Imported> => {
    const path = join(folder, 'raw.csv')
    await writeFile(path, text)
    const file = await readRetailFile(path, 'Europe/London')
    const sorted = sortRows(file.rows)
    const rejects = [...file.rejects, ...sorted.rejects]
    return { ...sorted, rejects, balance: balance(file.input, sorted.entries, rejects) }
  }
  const importRows = (...rows: readonly string[]): Promise<Imported> => importText(`${[HEADER, ...rows].join('\n')}\n`)

  it('makes an order of the rows of one number, wherever they stand, with the shop’s time and pence', async () => {
    const { entries } = await importRows(
      '540013,21901,"KEY FOB , BACK DOOR ",2,2011-07-04 11:30:00,0.65,16255.0,United Kingdom',
      '540014,22041,"RECORD FRAME 7"" SINGLE ",1,2011-07-04 11:29:00,4.96,,EIRE',
      '540013,gift_0001_30,Dotcomgiftshop Gift Voucher £30.00,1,2011-07-04 11:31:00,25.53,16255.0,United Kingdom',
    )
    expect(entries.map(({ id }) => id)).toEqual(['540014', '540013'])
    expect(entries[0]).toMatchObject({ customerId: null, lines: [{ description: 'RECORD FRAME 7" SINGLE' }] })
    expect(entries[1]).toEqual({
      kind: 'order',
      id: '540013',
      placedAt: '2011-07-04T11:30:00+01:00',
      customerId: '16255',
      country: 'United Kingdom',
      lines: [
        { sku: '21901', description: 'KEY FOB , BACK DOOR', quantity: 2, unitPriceMinor: 65, rounding: 0, line: 2 },
        {
          sku: 'gift_0001_30',
          description: 'Dotcomgiftshop Gift Voucher £30.00',
          quantity: 1,
          unitPriceMinor: 2553,
          rounding: 0,
          line: 4,
        },
      ],
    })
  })

  it.each([
    [
      'a number with C',
      ['C540117,AMAZONFEE,AMAZON FEE,-1,2011-01-05 09:55:00,16888.02,,United Kingdom'],
      'cancellation',
    ],
    ['a bad debt', ['A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom'], 'ledger-entry'],
    ['only bank charges', ['541505,BANK CHARGES,Bank Charges,1,2011-01-18 15:58:00,15.0,15939.0,UK'], 'ledger-entry'],
    ['nobody, for nothing', ['567931,84563B,damaged,-11,2011-09-22 17:38:00,0.0,,United Kingdom'], 'stock-adjustment'],
    ['a free line for someone', ['568158,PADS,PADS TO MATCH,1,2011-09-25 12:22:00,0.0,16133.0,UK'], 'order'],
    ['postage alone', ['540026,DOT,DOTCOM POSTAGE,1,2011-01-04 13:25:00,469.7,,United Kingdom'], 'order'],
  ])('knows %s by the rules it states', async (_what, rows, kind) => {
    const { entries, rejects } = await importRows(...rows)
    expect(rejects).toEqual([])
    expect(entries.map((entry) => entry.kind)).toEqual([kind])
  })

  it.each([
    ['540013,21901,x,2,2011-07-04 11:30:00,0.65,16255.0', /has 7 columns, not 8/],
    ['54001,21901,x,2,2011-07-04 11:30:00,0.65,,UK', /InvoiceNo "54001" is not six digits/],
    ['540013,,x,2,2011-07-04 11:30:00,0.65,,UK', /StockCode is empty/],
    ['540013,21901,x,2.5,2011-07-04 11:30:00,0.65,,UK', /Quantity "2.5" is no whole number/],
    ['540013,21901,x,0,2011-07-04 11:30:00,0.65,,UK', /Quantity is 0/],
    ['540013,21901,x,2,2011-02-30 11:30:00,0.65,,UK', /InvoiceDate "2011-02-30 11:30:00"/],
    ['540013,21901,x,2,2011-03-27 01:30:00,0.65,,UK', /InvoiceDate "2011-03-27 01:30:00" is no time of that zone/],
    ['540013,21901,x,2,2011-07-04 11:30:00,1e3,,UK', /UnitPrice "1e3" is no amount in pounds/],
    ['540013,21901,x,2,2011-07-04 11:30:00,0.65,16255.5,UK', /CustomerID "16255.5" is no number/],
    ['540013,21901,x,2,2011-07-04 11:30:00,0.65,,', /Country is empty/],
    ['540013,21901,x,-2,2011-07-04 11:30:00,0.65,,UK', /a negative quantity on an order that is no cancellation/],
    ['540013,21901,x,2,2011-07-04 11:30:00,-0.65,,UK', /a negative price outside the ledger/],
    ['C540013,21901,x,2,2011-07-04 11:30:00,0.65,,UK', /a cancellation with a positive quantity/],
    ['540013,21901,"x,2,2011-07-04 11:30:00,0.65,"",UK"', /has 3 columns, not 8/],
  ])('rejects %s with its line and the reason, and goes on', async (bad, reason) => {
    const good = '540020,21901,x,2,2011-07-04 11:30:00,0.65,,UK'
    const {
      entries,
      rejects,
      balance: sums,
    } = await importRows(good, bad, '540021,21902,y,1,2011-07-04 11:30:00,1,,UK')
    expect(entries.map(({ id }) => id)).toEqual(['540020', '540021'])
    expect(rejects).toMatchObject([{ line: 3, reason: expect.stringMatching(reason) as string }])
    expect(sums.addsUp).toBe(true)
  })

  it('rejects a row of another customer than the rest of its invoice', async () => {
    const { entries, rejects } = await importRows(
      '540013,21901,x,2,2011-07-04 11:30:00,0.65,16255.0,UK',
      '540013,21902,y,2,2011-07-04 11:30:00,0.65,16256.0,UK',
    )
    expect(entries[0]?.lines).toHaveLength(1)
    expect(rejects[0]?.reason).toBe('another customer or country than line 2 of invoice 540013')
  })

  it('takes the first of two equal hours when summer time ends, and says how often', async () => {
    const { entries, ambiguousTimes } = await importRows('540013,21901,x,2,2011-10-30 01:30:00,0.65,,UK')
    expect(entries[0]?.placedAt).toBe('2011-10-30T01:30:00+01:00')
    expect(ambiguousTimes).toBe(1)
  })

  it('keeps what a price in whole pence cannot hold', async () => {
    const { entries, balance: sums } = await importRows('550193,PADS,PADS,3,2011-04-15 09:27:00,0.001,13952.0,UK')
    expect(entries[0]?.lines[0]).toMatchObject({ unitPriceMinor: 0, rounding: 30 })
    expect(sums).toMatchObject({ rounding: 30, addsUp: true, input: { amount: 30 } })
  })

  it.each([
    ['another header', 'a,b\n1,2\n', /the first line must be InvoiceNo,StockCode/],
    ['nothing', '', /is empty/],
    ['a quote without an end', `${HEADER}\n540013,21901,"x\n`, /a quote that opens after line 1 is never closed/],
    ['bytes that are no UTF-8', Uint8Array.of(...Buffer.from(`${HEADER}\n54`), 0xa3, 0x0a), /is not UTF-8 text/],
  ])('refuses a file with %s', async (_what, text, message) => {
    await expect(importText(text)).rejects.toThrow(message)
  })

  it('refuses a missing file and an unknown zone', async () => {
    await expect(readRetailFile(join(folder, 'none.csv'), 'Europe/London')).rejects.toThrow(/there is no such file/)
    await expect(readRetailFile('x', 'Europe/Atlantis')).rejects.toThrow(/--zone Europe\/Atlantis: no such time zone/)
  })

  it('loses no row and no part of a penny, whatever the file holds', async () => {
    const cell = fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom('', '?', '1e9', '"', 'a"b', '-0') },
      { weight: 9, arbitrary: fc.constant(undefined) },
    )
    const row = fc.record({
      invoice: fc.constantFrom('540001', '540002', 'C540003', 'A540004', '540005'),
      sku: fc.constantFrom('21901', 'POST', 'AMAZONFEE', 'B'),
      quantity: fc.integer({ min: -20, max: 20 }),
      price: fc.constantFrom('0.0', '0.65', '0.001', '12.005', '-3.2'),
      customer: fc.constantFrom('', '16255.0'),
      damage: fc.tuple(cell, fc.nat({ max: 7 })),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const lines = rows.map(({ invoice, sku, quantity, price, customer, damage: [text, at] }) => {
          const cells = [invoice, sku, 'x', String(quantity), '2011-07-04 11:30:00', price, customer, 'UK']
          if (text !== undefined && !text.includes('"')) cells[at] = text
          if (text === 'a"b') cells[2] = text
          return cells.join(',')
        })
        const { entries, rejects, balance: sums } = await importRows(...lines)
        expect(sums.addsUp).toBe(true)
        const out = [
          ...entries.flatMap((entry) => entry.lines.map(({ line }) => line)),
          ...rejects.map(({ line }) => line),
        ]
        expect(out.toSorted((a, b) => a - b)).toEqual(lines.map((_, index) => index + 2))
        expect(KINDS).toEqual(expect.arrayContaining(entries.map(({ kind }) => kind)))
      }),
      { numRuns: 60 },
    )
  })
})
