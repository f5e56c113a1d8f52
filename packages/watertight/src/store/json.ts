import type { EventMeta } from './event.ts'
import { invalidCommit } from './invalid-commit.ts'

/**
 * Turns JSON data into text that every database keeps: NUL and lone surrogates come out as escapes, so the text itself is
 * plain well-formed Unicode. `undefined` has no text: `null`.
 *
 * @throws WatertightError `INVALID_COMMIT` for what JSON has no form for: functions, symbols, bigints, cycles.
 */
export function encodeJson(part: string, value: unknown): string | null {
  if (value === undefined) return null
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw invalidCommit(part, `JSON data (${error instanceof Error ? error.message : String(error)})`, value)
  }
  if (text === undefined) throw invalidCommit(part, 'JSON data', value)
  return text
}

/** Gives back what {@link encodeJson} was given, as JSON keeps it. */
export function decodeJson(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text)
}

/** Gives back the text of an event's meta as an object. */
export function decodeMeta(text: string): EventMeta {
  const meta: EventMeta = JSON.parse(text)
  return meta
}
