import { type Duration, toMilliseconds } from '../runtime/duration.ts'
import { WatertightError } from '../runtime/error.ts'
import { refuseUnknown } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Position } from '../store/position.ts'
import type { ScanRows, Store } from '../store/store.ts'
import { positionOfToken } from '../store/token.ts'
import { handledHere } from './checkpoint-watch.ts'
import { decodeParked, type ParkedKey, parkedTable } from './parked-key.ts'
import { decodeRow } from './projected-row.ts'
import type { Projection } from './projection.ts'
import type { ReadModelTarget } from './read-model-target.ts'

export interface ReadRowOptions {
  /** The row as it is after this commit at least: the `token` of what was written. Default: as it is now. */
  readonly atLeast?: string
  /** How long to wait for it. Default: `'5s'`. */
  readonly limit?: Duration
  /** Ends the wait. */
  readonly signal?: AbortSignal
  /** Whose row. Default: that of systems which have only one. */
  readonly tenant?: string
  /** Where the rows are, when not in the store. */
  readonly target?: ReadModelTarget
  /** What it waits on and reads clocks from. Default: the system runtime. */
  readonly runtime?: Runtime
}

const LIMIT = '5s'
/** How often to look whether a member in another process has come far enough; the pause doubles in between. */
const FIRST_LOOK_MS = 2
const LAST_LOOK_MS = 50

/**
 * Reads a row of a projection; `undefined` when there is none, or none yet. With `atLeast` it waits until the projection has
 * come so far: read your own write.
 *
 * @example
 * const { token } = await send(store, cart, id, cart.commands.addItem(item))
 * const row = await readRow(summary, store, id, { atLeast: token })
 *
 * @throws WatertightError with `atLeast`: `PARKED` when the row cannot take an event it has to show; `TIMED_OUT` (retryable,
 * with the lag in the message); `CANCELLED` by the signal; `TOKEN_UNKNOWN` for a token of another store. `INVALID_OPTION`; and
 * what the store throws.
 */
export async function readRow<Row>(
  projection: Projection<Row>,
  store: Store,
  key: string,
  options: ReadRowOptions = {},
): Promise<Row | undefined> {
  refuseUnknown('readRow', options, ['atLeast', 'limit', 'signal', 'tenant', 'target', 'runtime'])
  const { atLeast, tenant, target } = options
  const table = projection.table(tenant)
  if (atLeast !== undefined) await reached(projection, store, key, atLeast, options)
  if (target) return decodeRow<Row>((await target.read(table, [key]))[0]).row
  return decodeRow<Row>((await store.row(table, key))?.value).row
}

/** The rows of a projection in the store, in order of key: at most `max` (default 1,000) behind `after`, fewer where rows were deleted. */
export async function listRows<Row>(
  projection: Projection<Row>,
  store: Store,
  { tenant, ...page }: ScanRows & { readonly tenant?: string } = {},
): Promise<readonly { readonly key: string; readonly row: Row }[]> {
  const rows = await store.scanRows(projection.table(tenant), page)
  return rows.flatMap(({ key, value }) => {
    const { row } = decodeRow<Row>(value)
    return row === undefined ? [] : [{ key, row }]
  })
}

async function reached<Row>(
  projection: Projection<Row>,
  store: Store,
  key: string,
  token: string,
  { limit = LIMIT, signal, tenant, runtime = systemRuntime }: ReadRowOptions,
): Promise<void> {
  const wanted = positionOfToken(store.incarnation, token)
  if (wanted === undefined) throw unknownToken(projection, token)
  const until = runtime.now() + toMilliseconds('limit', limit)
  let isHandledHere = false
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LAST_LOOK_MS, pauseMs * 2)) {
    // In this order: what is reached, and then not parked, is in the row.
    const stands = isHandledHere ? wanted : await store.checkpoint(projection.checkpoint)
    const parked = await parkedAt(projection, store, key, tenant)
    if (parked && parked.event.position <= wanted) throw isParked(projection, key, parked)
    if (stands >= wanted) return
    if (signal?.aborted) throw new WatertightError('CANCELLED', 'The read was cancelled.', { source: projection.name })
    const left = until - runtime.now()
    if (left <= 0) throw tooSlow(projection, wanted - stands, limit)
    isHandledHere = await handledWithin(store, projection.checkpoint, wanted, Math.min(left, pauseMs), runtime, signal)
  }
}

async function parkedAt(
  projection: Projection<unknown>,
  store: Store,
  key: string,
  tenant: string | undefined,
): Promise<ParkedKey | undefined> {
  const table = parkedTable(projection, tenant)
  // One row that several streams write holds up all others.
  const row = projection.perStream ? await store.row(table, key) : (await store.scanRows(table, { max: 1 }))[0]
  return row && decodeParked(row)
}

async function handledWithin(
  store: Store,
  name: string,
  wanted: Position,
  ms: number,
  runtime: Runtime,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const waiting = new AbortController()
  const stop = (): void => waiting.abort()
  const timer = runtime.timer(ms, stop, true)
  signal?.addEventListener('abort', stop)
  try {
    return await handledHere(store, name, wanted, waiting.signal)
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', stop)
  }
}

function isParked({ name }: Projection<unknown>, key: string, { event, error, stops }: ParkedKey): WatertightError {
  const what = stops ? `Projection ${name}` : `Row ${key} of projection ${name}`
  return new WatertightError(
    'PARKED',
    `${what} waits at event ${event.position} (${event.type}), which it cannot take: ${error.message}`,
    { source: name },
  )
}

function tooSlow({ name }: Projection<unknown>, behind: number, limit: Duration): WatertightError {
  return new WatertightError(
    'TIMED_OUT',
    `Projection ${name} is ${behind} positions behind what was asked for, after ${limit} (ms where no unit stands).`,
    { source: name, retryable: true },
  )
}

function unknownToken({ name }: Projection<unknown>, token: string): WatertightError {
  return new WatertightError(
    'TOKEN_UNKNOWN',
    `The token ${token} is of another store, or of this one before it was restored from a backup.`,
    { source: name },
  )
}
