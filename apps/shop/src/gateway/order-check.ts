const MAX_LINES = 2000
const MAX_QUANTITY = 100_000
/** £100,000 a piece: with the two bounds above, no total comes near where numbers stop being exact. */
const MAX_UNIT_PRICE_MINOR = 10_000_000

/** Says what is wrong with the value at a place, or nothing. */
type Check = (value: unknown, at: string) => string | undefined

/**
 * What is wrong with an order, in words for the one who sent it; `undefined` when nothing is.
 *
 * Strict on purpose, and written out: a value is never bent into shape (`"3"` is no quantity), and a field nobody asked for is
 * an error, since it is mostly a misspelt one.
 *
 * @example
 * orderProblem({ ...order, lines: [] }) // 'lines must hold 1 to 2000 entries'
 */
export function orderProblem(body: unknown): string | undefined {
  return order(body, '')
}

const order = fields({
  id: pattern(/^[\w.-]{1,64}$/, '1 to 64 letters, digits, dots, dashes or underscores'),
  placedAt: instant,
  customerId: orNull(text(1, 64)),
  country: text(1, 64),
  currency: (value, at) => (value === 'GBP' ? undefined : `${at} must be "GBP"`),
  lines: list(
    MAX_LINES,
    fields({
      sku: text(1, 64),
      description: orNull(text(0, 500)),
      quantity: whole(1, MAX_QUANTITY),
      unitPriceMinor: whole(0, MAX_UNIT_PRICE_MINOR),
    }),
  ),
})

function fields(checks: Readonly<Record<string, Check>>): Check {
  const names = Object.keys(checks)
  return (value, at) => {
    const prefix = at === '' ? '' : `${at}.`
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return `${at === '' ? 'an order' : at} must be an object`
    const object = value as Readonly<Record<string, unknown>>
    for (const name of names) {
      if (!Object.hasOwn(object, name)) return `${prefix}${name} is missing`
      const problem = checks[name]?.(object[name], `${prefix}${name}`)
      if (problem !== undefined) return problem
    }
    const unknown = Object.keys(object).find((name) => !Object.hasOwn(checks, name))
    return unknown === undefined ? undefined : `${prefix}${unknown.slice(0, 64)} is no field of an order`
  }
}

function list(max: number, check: Check): Check {
  return (value, at) => {
    if (!Array.isArray(value) || value.length < 1 || value.length > max) return `${at} must hold 1 to ${max} entries`
    for (const [index, entry] of value.entries()) {
      const problem = check(entry, `${at}[${index}]`)
      if (problem !== undefined) return problem
    }
    return undefined
  }
}

function text(min: number, max: number): Check {
  return (value, at) =>
    typeof value === 'string' && value.length >= min && value.length <= max
      ? undefined
      : `${at} must be a text of ${min} to ${max} characters`
}

function pattern(expression: RegExp, right: string): Check {
  return (value, at) => (typeof value === 'string' && expression.test(value) ? undefined : `${at} must be ${right}`)
}

function whole(min: number, max: number): Check {
  return (value, at) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `${at} must be a whole number from ${min} to ${max}`
}

function orNull(check: Check): Check {
  return (value, at) => (value === null ? undefined : check(value, at))
}

function instant(value: unknown, at: string): string | undefined {
  const right =
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  return right ? undefined : `${at} must be an ISO 8601 instant with an offset, such as 2011-12-09T12:50:00+00:00`
}
