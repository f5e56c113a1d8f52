import type { Position } from './position.ts'

/**
 * Makes the opaque token of a position: what a writer hands to a reader that must see at least so much.
 *
 * @example
 * tokenOf('0193…', 42) // '0193….16'
 */
export function tokenOf(incarnation: string, position: Position): string {
  return `${incarnation}.${position.toString(36)}`
}

/**
 * The position a token stands for; `undefined` when it is none, or one of another incarnation (another database, or this
 * one before a restore), whose positions mean nothing here.
 */
export function positionOfToken(incarnation: string, token: string): Position | undefined {
  const prefix = `${incarnation}.`
  const digits = token.slice(prefix.length)
  if (!token.startsWith(prefix) || !/^[0-9a-z]+$/.test(digits)) return undefined
  const position = Number.parseInt(digits, 36)
  return Number.isSafeInteger(position) ? position : undefined
}
