import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { VirtualRuntime } from 'watertight/testing'
import { SigningKeys } from './signing-keys.ts'

let jwk: Awaited<ReturnType<typeof exportJWK>>

beforeAll(async () => {
  jwk = await exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519' })).publicKey)
})

/** Keys by name, as the users service would publish them; what the fetch does can be exchanged. */
const published = (...kids: readonly string[]) => {
  const runtime = new VirtualRuntime()
  const users = { kids, down: false, fetches: 0 }
  const keys = new SigningKeys(async () => {
    users.fetches++
    if (users.down) throw new Error('users is down')
    return users.kids.map((kid) => ({ ...jwk, kid }))
  }, runtime)
  return { runtime, users, keys }
}

describe('SigningKeys', () => {
  it('fetches once for many tokens that come at once', async () => {
    const { keys, users } = published('a')
    await Promise.all([keys.find('a'), keys.find('a'), keys.find('a')])
    expect(users.fetches).toBe(1)
  })

  it('keeps using a known key while users is down', async () => {
    const { keys, users, runtime } = published('a')
    await keys.find('a')
    users.down = true
    await runtime.advance(60 * 60_000)
    expect(await keys.find('a')).toBeDefined()
    await runtime.advance(60_000)
    expect(await keys.find('a')).toBeDefined()
  })

  it('fetches again for an unknown key', async () => {
    const { keys, users, runtime } = published('a')
    await keys.find('a')
    users.kids = ['a', 'b']
    await runtime.advance(5_000)
    expect(await keys.find('b')).toBeDefined()
  })

  it('does not fetch for each of many invented key names', async () => {
    const { keys, users } = published('a')
    for (let i = 0; i < 100; i++) expect(await keys.find(`invented-${i}`)).toBeUndefined()
    expect(users.fetches).toBe(1)
  })

  it('throws what fetching threw when it cannot tell whether a key exists, and asks again soon', async () => {
    const { keys, users, runtime } = published('a')
    users.down = true
    await expect(keys.find('a')).rejects.toThrow('users is down')
    await expect(keys.find('a')).rejects.toThrow('users is down')
    expect(users.fetches).toBe(1)
    users.down = false
    await runtime.advance(500)
    expect(await keys.find('a')).toBeDefined()
  })

  it('forgets a key that is no longer published', async () => {
    const { keys, users, runtime } = published('a')
    await keys.find('a')
    users.kids = ['b']
    await runtime.advance(11 * 60_000)
    await keys.find('a')
    await keys.find('b')
    expect(await keys.find('a')).toBeUndefined()
  })
})
