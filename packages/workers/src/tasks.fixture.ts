import { randomBytes, scryptSync } from 'node:crypto'

/** The password with a salt of its own, as it may be stored. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16)
  return `${salt.toString('hex')}:${scryptSync(password, salt, 32, { N: 1024 }).toString('hex')}`
}

/** How many records a large document has. */
export function countRecords(json: string): number {
  return (JSON.parse(json) as unknown[]).length
}

export const echo = (input: unknown): unknown => input

/** Computes until the flag is set from outside: without a turn of any event loop. */
export function computeUntil(flag: Int32Array): string {
  Atomics.add(flag, 1, 1)
  let rounds = 0
  while (Atomics.load(flag, 0) === 0) rounds++
  return `computed ${rounds > 0 ? 'long' : 'little'}`
}

/** Waits until the flag is set from outside. */
export async function waitUntil(flag: Int32Array): Promise<string> {
  Atomics.add(flag, 1, 1)
  while (Atomics.load(flag, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  return 'waited'
}

export function fail(): never {
  throw Object.assign(new RangeError('out of range'), { code: 'E_RANGE', status: 422, retryable: false })
}

export function exit(): never {
  process.exit(3)
}

export async function throwElsewhere(): Promise<void> {
  setTimeout(() => {
    throw new Error('thrown elsewhere')
  }, 0)
  await new Promise(() => undefined)
}

export function leaveBehind(): string {
  setTimeout(() => {
    throw new Error('left behind')
  }, 1)
  return 'done'
}

export function useMemory(): number {
  const kept: string[][] = []
  for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => `kept ${i} ${kept.length}`))
}

export const answerWithFunction = (): unknown => () => 1

export const notAFunction = 7
