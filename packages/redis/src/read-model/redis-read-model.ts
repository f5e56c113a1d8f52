import { type Runtime, refuseUnknown, requireText, systemRuntime, WatertightError } from 'watertight'
import type { ProjectedRow, ReadModelTarget } from 'watertight/event-store'
import type { RedisLink } from '../link/redis-link.ts'
import { type Script, slotted } from '../link/script.ts'
import { decodeEntry, DROP_TABLE, encodeEntry, READ_ROWS, WRITE_ROWS } from './read-model-scripts.ts'

export interface RedisReadModelOptions {
  /** Begins the keys of Redis. Default: `'watertight'`. */
  readonly prefix?: string
  /** What it waits on and reads clocks from. Default: the system runtime. */
  readonly runtime?: Runtime
}

/** One script does not keep the server from others for long. */
const ROWS_AT_ONCE = 500

/**
 * Keeps the rows of projections in Redis: a hash for each table, in it the rows by key. A row is taken only when its place is
 * higher than that of the one there, in one step with looking: so deliveries may be repeated and reordered. A deleted row
 * leaves its place, some bytes, behind.
 *
 * The link's `maxWait` is for questions that something can go on without. Here a batch is written, and tried again when Redis
 * does not answer: give it a second.
 *
 * @example
 * const target = redisReadModel(redisLink(redisClient({ url }), { maxWait: '1s' }))
 * const running = runProjection(summary, { store, target })
 * const row = await readRow(summary, store, id, { target, atLeast: token })
 *
 * @throws WatertightError `INVALID_OPTION`. What it does rejects with `REDIS_UNAVAILABLE`, retryable.
 */
export function redisReadModel(link: RedisLink, options: RedisReadModelOptions = {}): ReadModelTarget {
  refuseUnknown('redisReadModel', options, ['prefix', 'runtime'])
  const { runtime = systemRuntime } = options
  const prefix = requireText('prefix', options.prefix ?? 'watertight')

  const run = async (script: Script, table: string, input: readonly string[]): Promise<unknown> => {
    const outcome = await link.ask(runtime, script, [slotted(prefix, `read-model:${table}`)], input)
    if (outcome.kind === 'success') return outcome.value
    const cause = 'error' in outcome ? outcome.error : undefined
    throw new WatertightError('REDIS_UNAVAILABLE', `Redis did not answer for the read model ${table}.`, {
      retryable: true,
      source: table,
      cause,
    })
  }

  return {
    async read(table, keys) {
      const pages = await Promise.all(
        chunks(keys).map(async (some) => (await run(READ_ROWS, table, some)) as readonly (string | null)[]),
      )
      return pages.flat().map((entry): ProjectedRow | undefined => (entry === null ? undefined : decodeEntry(entry)))
    },
    async write(table, rows, { replace = false } = {}) {
      await Promise.all(
        chunks(rows).map((some) =>
          run(WRITE_ROWS, table, [
            replace ? '1' : '0',
            ...some.flatMap(({ key, at, row }) => [key, encodeEntry(at, row)]),
          ]),
        ),
      )
      return []
    },
    async drop(table) {
      await run(DROP_TABLE, table, [])
    },
  }
}

function chunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  const pages: T[][] = []
  for (let from = 0; from < all.length; from += ROWS_AT_ONCE) pages.push(all.slice(from, from + ROWS_AT_ONCE))
  return pages
}
