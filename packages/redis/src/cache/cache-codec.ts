import { type CacheEntry, WatertightError } from 'watertight'

/** How values are written. What {@link CacheCodec.decode} makes of a text has to mean the same as what was encoded. */
export interface CacheCodec {
  encode(value: unknown): string
  decode(text: string): unknown
}

interface Written {
  readonly ttlMs: number
  readonly negative: boolean
  readonly value?: string | undefined
  readonly failed?: WrittenError | undefined
  readonly kind?: 'failure' | 'overloaded' | 'ignored'
}

interface WrittenError {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly status?: unknown
  readonly retryable?: boolean
}

/** Values that JSON can say: of dates, maps, classes and `undefined` within lists it makes something else. */
export const jsonCodec: CacheCodec = {
  encode: (value) => (value === undefined ? '' : JSON.stringify(value)),
  decode: (text): unknown => (text === '' ? undefined : JSON.parse(text)),
}

/** The text of an entry. Of an error it keeps name, message, `code`, `status` and whether it is retryable. */
export function writeEntry({ answer, negative, ttlMs }: CacheEntry, codec: CacheCodec): string {
  const written: Written =
    answer.kind === 'success'
      ? { ttlMs, negative, value: codec.encode(answer.value) }
      : { ttlMs, negative, kind: answer.kind, failed: writeError(answer.error) }
  return JSON.stringify(written)
}

/** @throws SyntaxError, or what the codec throws, when the text is none of {@link writeEntry}. */
export function readEntry(text: string, codec: CacheCodec): CacheEntry {
  const { ttlMs, negative, value, kind, failed } = JSON.parse(text) as Written
  if (kind !== undefined && failed !== undefined) return { ttlMs, negative, answer: { kind, error: readError(failed) } }
  return { ttlMs, negative, answer: { kind: 'success', value: codec.decode(value ?? '') } }
}

function writeError(error: unknown): WrittenError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  const { code, status, retryable } = error as { code?: unknown; status?: unknown; retryable?: unknown }
  return { name, message, code, status, ...(typeof retryable === 'boolean' && { retryable }) }
}

function readError({ name, message, code, status, retryable }: WrittenError): Error {
  const error =
    retryable === undefined || typeof code !== 'string'
      ? new Error(message)
      : new WatertightError(code, message, { retryable })
  return Object.assign(error, { name, ...(code !== undefined && { code }), ...(status !== undefined && { status }) })
}
