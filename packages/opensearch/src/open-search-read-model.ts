import type { API, Client } from '@opensearch-project/opensearch'
import { errors } from '@opensearch-project/opensearch'
import { refuseUnknown, requireText, WatertightError } from 'watertight'
import type { ProjectedRow, ReadModelTarget, TargetRefusal, TargetWrite } from 'watertight/event-store'
import { documentId, indexName } from './index-name.ts'

export interface OpenSearchReadModelOptions {
  /** Begins the names of all indices: small letters, digits and hyphens. Default: `'watertight-'`. */
  readonly prefix?: string
  /**
   * The mapping of the rows of a table, as the index takes it for `row`: `{ properties: { total: { type: 'long' } } }`. Default:
   * what the index finds out by itself.
   */
  readonly mapping?: (table: string) => Readonly<Record<string, unknown>> | undefined
  /** Settings of new indices, such as the numbers of shards and replicas. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** When a search sees what was written: `false`, within the index's own interval (a second), is cheap. Default: false. */
  readonly refresh?: boolean | 'wait_for'
}

/** A read model that can be searched. */
export interface OpenSearchReadModel extends ReadModelTarget {
  /** The alias to search for the rows of a table: in it, documents have `key` and `row`, and deleted rows are left out. */
  searchable(table: string): string
}

/** What a document holds. */
interface RowDocument {
  readonly key: string
  /** Deleted; its place stays, as the version of the document. */
  readonly gone: boolean
  readonly row?: unknown
}

const ROWS_AT_ONCE = 500
const TOO_MANY_REQUESTS = 429
const VERSION_CONFLICT = 409
const BAD_REQUEST = 400

/**
 * Keeps the rows of projections in a search index: OpenSearch, or what speaks its protocol. A document has the place of its row
 * as its external version, so the index itself passes over repeated and late deliveries. A deleted row leaves its place behind
 * as a document that the alias leaves out.
 *
 * A row that does not fit the mapping is refused, and parked by the projection. Indices are made when they are first written to.
 *
 * @example
 * const target = openSearchReadModel(new Client({ node: url }), { prefix: 'shop-' })
 * const running = runProjection(summary, { store, target })
 * const { body } = await client.search({ index: target.searchable(summary.table()), body: { query } })
 *
 * @throws WatertightError `INVALID_OPTION`. What it does rejects with `OPENSEARCH_UNAVAILABLE`, retryable.
 */
export function openSearchReadModel(client: Client, options: OpenSearchReadModelOptions = {}): OpenSearchReadModel {
  refuseUnknown('openSearchReadModel', options, ['prefix', 'mapping', 'settings', 'refresh'])
  return new IndexedRows(client, { ...options, prefix: requireText('prefix', options.prefix ?? 'watertight-') })
}

class IndexedRows implements OpenSearchReadModel {
  readonly #client: Client
  readonly #options: OpenSearchReadModelOptions & { readonly prefix: string }
  /** The indices that are there, or being made. */
  readonly #made = new Map<string, Promise<void>>()

  constructor(client: Client, options: OpenSearchReadModelOptions & { readonly prefix: string }) {
    this.#client = client
    this.#options = options
  }

  searchable(table: string): string {
    return `${this.#index(table)}.rows`
  }

  async read(table: string, keys: readonly string[]): Promise<readonly (ProjectedRow | undefined)[]> {
    const pages = await Promise.all(
      chunks(keys).map(async (some) => {
        const ids = some.map(documentId)
        const { body } = await this.#ask(table, () => this.#client.mget({ index: this.#index(table), body: { ids } }))
        return body.docs.map(rowOf)
      }),
    )
    return pages.flat()
  }

  async write(
    table: string,
    rows: readonly TargetWrite[],
    { replace = false }: { readonly replace?: boolean } = {},
  ): Promise<readonly TargetRefusal[]> {
    await this.#make(table)
    const refused: TargetRefusal[] = []
    for (const some of chunks(rows)) refused.push(...(await this.#writeSome(table, some, replace)))
    return refused
  }

  async drop(table: string): Promise<void> {
    this.#made.delete(table)
    await this.#ask(table, async () => {
      try {
        return await this.#client.indices.delete({ index: this.#index(table) })
      } catch (error) {
        if (isResponse(error, 'index_not_found_exception')) return undefined
        throw error
      }
    })
  }

  #index(table: string): string {
    return indexName(this.#options.prefix, table)
  }

  async #writeSome(table: string, rows: readonly TargetWrite[], replace: boolean): Promise<readonly TargetRefusal[]> {
    const { refresh = false } = this.#options
    const version_type = replace ? 'external_gte' : 'external'
    const body = rows.flatMap(({ key, at, row }): API.Bulk_RequestBody => {
      const document: RowDocument = row === undefined ? { key, gone: true } : { key, gone: false, row }
      return [{ index: { _id: documentId(key), version: at, version_type } }, { ...document }]
    })
    const answer = await this.#ask(table, () => this.#client.bulk({ index: this.#index(table), refresh, body }))
    return answer.body.items.flatMap(({ index }, i): TargetRefusal[] => {
      const key = rows[i]?.key
      if (index?.error === undefined || index.status === VERSION_CONFLICT || key === undefined) return []
      const { type, reason } = index.error
      const error = new Error(`${type}: ${reason ?? 'no reason given'}`)
      if (index.status === BAD_REQUEST) return [{ key, error }]
      // The index may have been deleted by somebody else: then it is made again.
      this.#made.delete(table)
      throw unavailable(table, index.status === TOO_MANY_REQUESTS ? new Error('too many requests') : error)
    })
  }

  #make(table: string): Promise<void> {
    const made = this.#made.get(table) ?? this.#create(table)
    this.#made.set(table, made)
    return made
  }

  async #create(table: string): Promise<void> {
    const { mapping, settings } = this.#options
    const row = mapping?.(table)
    const properties = { key: { type: 'keyword' }, gone: { type: 'boolean' }, ...(row && { row }) } as const
    const body = {
      ...(settings && { settings }),
      mappings: { properties },
      aliases: { [this.searchable(table)]: { filter: { term: { gone: false } } } },
    }
    try {
      await this.#ask(table, async () => {
        try {
          await this.#client.indices.create({ index: this.#index(table), body })
        } catch (error) {
          if (!isResponse(error, 'resource_already_exists_exception')) throw error
        }
      })
    } catch (error) {
      this.#made.delete(table)
      throw error
    }
  }

  async #ask<T>(table: string, question: () => Promise<T>): Promise<T> {
    try {
      return await question()
    } catch (error) {
      throw unavailable(table, error)
    }
  }
}

function rowOf(item: API.Mget_ResponseBody['docs'][number]): ProjectedRow | undefined {
  if (!('found' in item) || !item.found) return undefined
  const { _version: at, _source: source } = item
  const { row } = source as RowDocument
  if (at === undefined) return undefined
  return row === undefined ? { at } : { at, row }
}

function isResponse(error: unknown, type: string): boolean {
  return error instanceof errors.ResponseError && error.message.includes(type)
}

function unavailable(table: string, cause: unknown): WatertightError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new WatertightError('OPENSEARCH_UNAVAILABLE', `The index of read model ${table} did not do it: ${why}`, {
    retryable: true,
    source: table,
    cause,
  })
}

function chunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  const pages: T[][] = []
  for (let from = 0; from < all.length; from += ROWS_AT_ONCE) pages.push(all.slice(from, from + ROWS_AT_ONCE))
  return pages
}
