import { describe, expect, it } from 'vitest'
import { hashPassword, passwordMatches } from './password.ts'

describe('hashPassword', () => {
  it('is matched by the same password and by no other', async () => {
    const hashed = await hashPassword('valentine')
    expect(await passwordMatches('valentine', hashed)).toBe(true)
    expect(await passwordMatches('Valentine', hashed)).toBe(false)
    expect(await passwordMatches('', hashed)).toBe(false)
  })

  it('hashes the same password differently each time', async () => {
    expect(await hashPassword('valentine')).not.toBe(await hashPassword('valentine'))
  })

  it('takes one letter as the same in each of its spellings', async () => {
    expect(await passwordMatches('caf\u0065\u0301', await hashPassword('caf\u00e9'))).toBe(true)
  })

  it('says so when a stored hash is broken', async () => {
    await expect(passwordMatches('valentine', 'md5$abc')).rejects.toThrow(/stored password hash is broken/)
  })
})
