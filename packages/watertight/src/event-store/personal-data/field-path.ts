import { invalidOption } from '../../runtime/option.ts'

/**
 * A field of JSON data, and fields in fields: `name`, `address.street`, `guests.*.name` (each member of a list or each field).
 */
export type FieldPath = readonly string[]

/** @throws WatertightError `INVALID_OPTION` */
export function fieldPath(path: string): FieldPath {
  const parts = path.split('.')
  if (parts.some((part) => part === '')) {
    throw invalidOption('personal', path, "the path of a field, such as 'name', 'address.street' or 'guests.*.name'")
  }
  return parts
}

/** A copy of `data` with every value at `path` replaced; fields that are not there stay so. */
export async function mapField(
  data: unknown,
  [field, ...rest]: FieldPath,
  replace: (value: unknown) => Promise<unknown>,
): Promise<unknown> {
  if (field === undefined) return data === undefined || data === null ? data : await replace(data)
  if (typeof data !== 'object' || data === null) return data
  if (Array.isArray(data)) {
    return await Promise.all(
      data.map((member, i) => (field === '*' || field === String(i) ? mapField(member, rest, replace) : member)),
    )
  }
  const entries = Object.entries(data).map(async ([name, value]): Promise<readonly [string, unknown]> => {
    return [name, field === '*' || field === name ? await mapField(value, rest, replace) : value]
  })
  return Object.fromEntries(await Promise.all(entries))
}
