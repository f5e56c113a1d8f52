import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json, text } from 'node:stream/consumers'

interface Document {
  readonly version: number
  readonly source: Source
}

type Source = Readonly<Record<string, unknown>>

interface Index {
  readonly documents: Map<string, Document>
  /** What a search sees: as it was at the last refresh. */
  searchable: ReadonlyMap<string, Document>
  readonly numbers: readonly string[]
  readonly aliases: ReadonlyMap<string, Source>
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Operation {
  readonly _id: string
  readonly version: number
  readonly version_type: string
}

/**
 * A small search index over HTTP, with what matters to a read model as OpenSearch does it: external versions, deleted indices,
 * filtered aliases, mappings that refuse, searches that see the last refresh, and answers that fail in part or whole.
 */
export class IndexServer {
  readonly #server: Server
  readonly #indices = new Map<string, Index>()
  /** So many of the next requests are answered with this status. */
  readonly #failures: number[] = []
  /** So many documents of the next bulk request are turned away as too many. */
  #turnedAway = 0

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
    })
  }

  static async start(): Promise<IndexServer> {
    const made = new IndexServer()
    made.#server.listen(0, '127.0.0.1')
    await once(made.#server, 'listening')
    return made
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  fail(...statuses: readonly number[]): void {
    this.#failures.push(...statuses)
  }

  turnAway(documents: number): void {
    this.#turnedAway = documents
  }

  /** As an operator might, behind the back of a client. */
  deleteAll(): void {
    this.#indices.clear()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const failure = this.#failures.shift()
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    const [name = '', action] = pathname.slice(1).split('/').map(decodeURIComponent)
    if (action === '_bulk') {
      const body = await text(request)
      return failure ? failed(failure, 'unavailable') : this.#bulk(name, body, searchParams.get('refresh'))
    }
    const body = request.method === 'GET' || request.method === 'DELETE' ? {} : ((await json(request)) as Source)
    if (failure) return failed(failure, 'unavailable')
    if (action === '_mget') return this.#get(name, body)
    if (action === '_search') return this.#search(name, body)
    if (request.method === 'PUT') return this.#create(name, body)
    return this.#delete(name)
  }

  #create(name: string, body: Source): Answer {
    if (this.#indices.has(name)) return failed(400, 'resource_already_exists_exception')
    const { aliases = {}, mappings } = body as {
      aliases?: Record<string, { filter: { term: Source } }>
      mappings?: { properties?: { row?: { properties?: Record<string, { type: string }> } } }
    }
    const fields = Object.entries(mappings?.properties?.row?.properties ?? {})
    this.#indices.set(name, {
      documents: new Map(),
      searchable: new Map(),
      numbers: fields.flatMap(([field, { type }]) => (type === 'long' ? [field] : [])),
      aliases: new Map(Object.entries(aliases).map(([alias, { filter }]) => [alias, filter.term])),
    })
    return { status: 200, body: { acknowledged: true, index: name } }
  }

  #delete(name: string): Answer {
    if (!this.#indices.delete(name)) return failed(404, 'index_not_found_exception')
    return { status: 200, body: { acknowledged: true } }
  }

  #bulk(name: string, body: string, refresh: string | null): Answer {
    const lines = body.split('\n').filter((line) => line !== '')
    const items = []
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const { index: operation } = JSON.parse(lines[i] ?? '') as { index: Operation }
      items.push({ index: { ...this.#put(name, operation, JSON.parse(lines[i + 1] ?? '')) } })
    }
    const index = this.#indices.get(name)
    if (index && refresh !== null && refresh !== 'false') index.searchable = new Map(index.documents)
    return { status: 200, body: { errors: items.some(({ index: { status } }) => status >= 400), items } }
  }

  #put(name: string, { _id, version, version_type }: Operation, source: Source): { status: number; error?: unknown } {
    const index = this.#indices.get(name)
    if (index === undefined) return { status: 404, error: { type: 'index_not_found_exception', reason: name } }
    if (this.#turnedAway > 0) {
      this.#turnedAway--
      return { status: 429, error: { type: 'rejected_execution_exception', reason: 'queue is full' } }
    }
    const stands = index.documents.get(_id)?.version ?? -1
    const isTaken = version_type === 'external_gte' ? version >= stands : version > stands
    if (!isTaken) return { status: 409, error: { type: 'version_conflict_engine_exception', reason: _id } }
    const row = (source['row'] ?? {}) as Source
    const misfit = index.numbers.find((field) => row[field] !== undefined && typeof row[field] !== 'number')
    if (misfit) return { status: 400, error: { type: 'mapper_parsing_exception', reason: `failed to parse ${misfit}` } }
    index.documents.set(_id, { version, source })
    return { status: 200 }
  }

  #get(name: string, body: Source): Answer {
    const ids = body['ids'] as readonly string[]
    const index = this.#indices.get(name)
    const docs = ids.map((_id) => {
      if (index === undefined) return { _index: name, _id, error: { type: 'index_not_found_exception' } }
      const found = index.documents.get(_id)
      if (found === undefined) return { _index: name, _id, found: false }
      return { _index: name, _id, found: true, _version: found.version, _source: found.source }
    })
    return { status: 200, body: { docs } }
  }

  #search(name: string, body: Source): Answer {
    const index = [...this.#indices.values()].find(({ aliases }) => aliases.has(name))
    if (index === undefined) return failed(404, 'index_not_found_exception')
    const wanted = (body['query'] as { term: Source } | undefined)?.term ?? {}
    const hits = [...index.searchable].flatMap(([_id, { source }]) =>
      matches(source, index.aliases.get(name) ?? {}) && matches(source, wanted) ? [{ _id, _source: source }] : [],
    )
    return { status: 200, body: { hits: { total: { value: hits.length }, hits } } }
  }
}

function matches(source: Source, terms: Source): boolean {
  return Object.entries(terms).every(([path, wanted]) => {
    const value = path.split('.').reduce<unknown>((inner, field) => (inner as Source | undefined)?.[field], source)
    return value === wanted
  })
}

function failed(status: number, type: string): Answer {
  return { status, body: { error: { type, reason: type, root_cause: [] }, status } }
}
