import { Script } from '../link/script.ts'

/** Between the place of a row and its JSON text, which is missing when the row was deleted. */
const SEPARATOR = '\n'

/** A row as Redis keeps it: its place, and its text. */
export function encodeEntry(at: number, row: unknown): string {
  return row === undefined ? `${at}` : `${at}${SEPARATOR}${JSON.stringify(row)}`
}

/** What {@link encodeEntry} was given. */
export function decodeEntry(entry: string): { readonly at: number; readonly row?: unknown } {
  const end = entry.indexOf(SEPARATOR)
  if (end < 0) return { at: Number(entry) }
  return { at: Number(entry.slice(0, end)), row: JSON.parse(entry.slice(end + 1)) }
}

/** KEYS: the table. ARGV: keys of rows. The entries in their order, false where there is none. */
export const READ_ROWS: Script = new Script("return redis.call('HMGET', KEYS[1], unpack(ARGV))")

/**
 * KEYS: the table. ARGV: 1 when rows of the same place are replaced, else 0; then key and entry of each row.
 * Places are whole numbers below 2^53, which the numbers of Lua hold exactly.
 */
export const WRITE_ROWS: Script = new Script(`
local replaces = ARGV[1] == '1'
local function place(entry)
  return tonumber(string.match(entry, '^%d+'))
end
for i = 2, #ARGV, 2 do
  local stands = redis.call('HGET', KEYS[1], ARGV[i])
  local at = place(ARGV[i + 1])
  if not stands or at > place(stands) or (replaces and at == place(stands)) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return 0`)

/** KEYS: the table. Its memory is freed in the background. */
export const DROP_TABLE: Script = new Script("return redis.call('UNLINK', KEYS[1])")
