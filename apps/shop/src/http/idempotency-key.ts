/** The header that names a request, so that it can be repeated: 1 to 200 printable ASCII characters. */
export const idempotencyKeySchema = {
  type: 'object',
  required: ['idempotency-key'],
  properties: { 'idempotency-key': { type: 'string', pattern: '^[\\x20-\\x7e]{1,200}$' } },
} as const

export interface IdempotencyKeyHeader {
  readonly 'idempotency-key': string
}
