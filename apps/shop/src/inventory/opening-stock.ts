import type { Store } from 'watertight/store'
import type { StockRow } from '../contract/inventory.ts'
import { type CatalogueEntry, readCatalogue } from './catalogue.ts'

const BATCH = 500
const LOADED = { table: 'inventory', key: 'catalogue' } as const

/** Row of table `products`, key = SKU. */
export type ProductRow = Pick<CatalogueEntry, 'description' | 'unitPriceMinor'>

/**
 * Takes the catalogue file into the database at the first start, and never looks at it again. A crash in the middle starts
 * over: no reservation can have been made before the last batch is in.
 */
export async function loadOpeningStock(store: Store, file: string): Promise<void> {
  if (await store.row(LOADED.table, LOADED.key)) return
  let articles = 0
  for await (const batch of readCatalogue(file, BATCH)) {
    await store.commit({
      rows: batch.flatMap(({ sku, description, unitPriceMinor, opening }) => [
        { table: 'products', key: sku, value: { description, unitPriceMinor } satisfies ProductRow },
        { table: 'stock', key: sku, value: { opening, available: opening } satisfies StockRow },
      ]),
    })
    articles += batch.length
  }
  await store.commit({ rows: [{ ...LOADED, value: { articles } }] })
}
