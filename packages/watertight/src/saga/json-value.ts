/**
 * A value as it will be read back after a crash: a saga sees the same result, whether it was interrupted or not.
 *
 * @throws TypeError for what JSON has no form for.
 */
export function asStored(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return value
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`A result must be JSON data, not a ${typeof value}.`)
  return JSON.parse(text)
}
