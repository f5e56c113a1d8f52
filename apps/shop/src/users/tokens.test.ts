import { describe, expect, it } from 'vitest'
import { systemRuntime } from 'watertight'
import { memoryStore } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { Tokens } from './tokens.ts'

// The store lives in real time, since making keys takes some; only the tokens' clock is virtual.
const open = async () => {
  const runtime = new VirtualRuntime()
  return { runtime, tokens: await Tokens.open(memoryStore({ runtime: systemRuntime }), runtime) }
}

const DAY_MS = 24 * 60 * 60_000

describe('Tokens', () => {
  it('knows whom a refresh token was made for', async () => {
    const { tokens } = await open()
    expect(await tokens.userOf(await tokens.refresh('17850'))).toBe('17850')
  })

  it('takes a refresh token for a week', async () => {
    const { tokens, runtime } = await open()
    const token = await tokens.refresh('17850')
    await runtime.advance(7 * DAY_MS - 1)
    expect(await tokens.userOf(token)).toBe('17850')
    await runtime.advance(1)
    expect(await tokens.userOf(token)).toBeUndefined()
  })

  it('takes no token of another shop', async () => {
    const [ours, theirs] = [await open(), await open()]
    expect(await ours.tokens.userOf(await theirs.tokens.refresh('17850'))).toBeUndefined()
  })

  it('makes one key when two processes start on one database at once', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime: systemRuntime })
    const [one, other] = await Promise.all([Tokens.open(store, runtime), Tokens.open(store, runtime)])
    expect(one.jwks).toEqual(other.jwks)
  })
})
