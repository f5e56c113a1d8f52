/** One place where two option objects differ; a side without it has `undefined`. */
export interface Difference {
  /** The path, joined by dots. */
  readonly option: string
  readonly protected: unknown
  readonly unprotected: unknown
}

/** Where two plain objects differ: the highest paths at which they are not both objects. */
export function differences(one: unknown, other: unknown, path: string = ''): readonly Difference[] {
  if (isObject(one) && isObject(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)])
    return [...keys].flatMap((key) => differences(one[key], other[key], path === '' ? key : `${path}.${key}`))
  }
  if (JSON.stringify(one) === JSON.stringify(other)) return []
  return [{ option: path, protected: one, unprotected: other }]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
