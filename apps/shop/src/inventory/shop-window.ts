import type { Row, Store } from 'watertight/store'
import type { Product, StockRow } from '../contract/inventory.ts'
import type { ProductRow } from './opening-stock.ts'
import { WordIndex } from './word-index.ts'

const PAGE = 1000

interface Shown {
  product: Product
  /** The product as JSON, made when it is first asked for after a change. */
  body: string | undefined
}

/**
 * All products in memory, with what is available of each: what browsing and searching look at. Bodies are kept as text,
 * because most requests of the shop end here.
 */
export class ShopWindow {
  readonly #shown: Shown[] = []
  readonly #bySku = new Map<string, Shown>()
  readonly #words = new WordIndex()

  /** Reads what the database holds. */
  static async open(store: Store): Promise<ShopWindow> {
    const window = new ShopWindow()
    let after: string | undefined
    for (;;) {
      const page = await store.scanRows('products', { max: PAGE, ...(after !== undefined && { after }) })
      const last = page.at(-1)
      if (!last) return window
      after = last.key
      const skus = page.map(({ key }) => key)
      const stock = await store.rows('stock', skus)
      for (const [i, { key, value }] of page.entries()) {
        window.add({ sku: key, ...(value as ProductRow), available: availableOf(stock[i]) })
      }
    }
  }

  add(product: Product): void {
    const shown: Shown = { product, body: undefined }
    this.#shown.push(shown)
    this.#bySku.set(product.sku, shown)
    this.#words.add(product.description)
  }

  /** Shows what is available from now on. */
  update(sku: string, available: number): void {
    const shown = this.#bySku.get(sku)
    if (!shown || shown.product.available === available) return
    shown.product = { ...shown.product, available }
    shown.body = undefined
  }

  /** The product as JSON. */
  product(sku: string): string | undefined {
    const shown = this.#bySku.get(sku)
    return shown && bodyOf(shown)
  }

  /** The products whose description holds every word, as JSON. */
  search(query: string, limit: number): string {
    const bodies = this.#words.find(query, limit).map((entry) => bodyOf(this.#shown[entry] as Shown))
    return `{"products":[${bodies.join(',')}]}`
  }
}

function availableOf(row: Row | undefined): number {
  return row ? (row.value as StockRow).available : 0
}

function bodyOf(shown: Shown): string {
  shown.body ??= JSON.stringify(shown.product)
  return shown.body
}
