/** The body of `POST /orders`, see `RetailOrder`. */
export const orderSchema = {
  type: 'object',
  required: ['id', 'placedAt', 'customerId', 'country', 'currency', 'lines'],
  properties: {
    // Part of keys, of paths and of header values of other services.
    id: { type: 'string', pattern: '^[\\w.-]{1,64}$' },
    placedAt: { type: 'string', minLength: 1, maxLength: 40, pattern: '^\\d{4}-\\d{2}-\\d{2}T' },
    customerId: { type: ['string', 'null'], minLength: 1, maxLength: 100 },
    country: { type: 'string', minLength: 1, maxLength: 100 },
    currency: { const: 'GBP' },
    lines: {
      type: 'array',
      minItems: 1,
      maxItems: 2000,
      items: {
        type: 'object',
        required: ['sku', 'description', 'quantity', 'unitPriceMinor'],
        properties: {
          sku: { type: 'string', minLength: 1, maxLength: 100 },
          description: { type: ['string', 'null'], maxLength: 500 },
          quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 },
          unitPriceMinor: { type: 'integer', minimum: 0, maximum: 1_000_000_000 },
        },
      },
    },
  },
} as const
