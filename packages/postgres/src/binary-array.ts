/**
 * Arrays in PostgreSQL's binary form: nothing needs escaping on this side, nor parsing on the other, which weighs with payloads
 * that are full of quotes. The driver sends a Buffer as it is.
 *
 * Layout (`array_send`): dimensions, has-nulls flag, element type; length and lower bound of the dimension; then each element
 * with its length in bytes, -1 for null. https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c
 */

// Object ids of the element types, fixed in pg_type.dat.
const INT8 = 20
const INT4 = 23
const TEXT = 25
const UUID = 2_950

const HEADER_BYTES = 20
const EMPTY_HEADER_BYTES = 12
const LENGTH_BYTES = 4
const UUID_BYTES = 16
const NULL = -1

export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = values.length * LENGTH_BYTES
  for (const value of values) if (value !== null) bytes += Buffer.byteLength(value)
  const array = header(TEXT, values.length, bytes)
  let at = HEADER_BYTES
  for (const value of values) {
    const start = at + LENGTH_BYTES
    const written = value === null ? 0 : array.write(value, start)
    array.writeInt32BE(value === null ? NULL : written, at)
    at = start + written
  }
  return array
}

export function int4Array(values: readonly number[]): Buffer {
  const array = header(INT4, values.length, values.length * (LENGTH_BYTES + 4))
  let at = HEADER_BYTES
  for (const value of values) {
    array.writeInt32BE(4, at)
    array.writeInt32BE(value, at + LENGTH_BYTES)
    at += LENGTH_BYTES + 4
  }
  return array
}

/** Safe integers. */
export function int8Array(values: readonly number[]): Buffer {
  const array = header(INT8, values.length, values.length * (LENGTH_BYTES + 8))
  let at = HEADER_BYTES
  for (const value of values) {
    array.writeInt32BE(8, at)
    array.writeInt32BE(Math.floor(value / 2 ** 32), at + LENGTH_BYTES)
    array.writeUInt32BE(value >>> 0, at + LENGTH_BYTES + 4)
    at += LENGTH_BYTES + 8
  }
  return array
}

/** Each value 16 bytes. */
export function uuidArray(values: readonly Buffer[]): Buffer {
  const array = header(UUID, values.length, values.length * (LENGTH_BYTES + UUID_BYTES))
  let at = HEADER_BYTES
  for (const value of values) {
    array.writeInt32BE(UUID_BYTES, at)
    value.copy(array, at + LENGTH_BYTES)
    at += LENGTH_BYTES + UUID_BYTES
  }
  return array
}

function header(type: number, length: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe(length === 0 ? EMPTY_HEADER_BYTES : HEADER_BYTES + bytes)
  array.writeInt32BE(length === 0 ? 0 : 1, 0)
  // Only a hint: nulls are told by their length.
  array.writeInt32BE(0, 4)
  array.writeInt32BE(type, 8)
  if (length > 0) {
    array.writeInt32BE(length, 12)
    array.writeInt32BE(1, 16)
  }
  return array
}
