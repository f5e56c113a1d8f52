import { describe, expect, it } from 'vitest'
import { redact } from './redact.ts'

describe('what doctor prints', () => {
  it('shows no user and password of any URL', () => {
    expect(redact('cannot reach postgres://shop:hunter2@db:5432/shop', {})).toBe(
      'cannot reach postgres://***@db:5432/shop',
    )
  })

  it('shows no value that goes by the name of a secret, wherever it turns up', () => {
    const environment = { DB_PASSWORD: 'correct horse', GITHUB_TOKEN: 'ghp_abcdef', HOME: '/root' }
    expect(redact('login correct horse with ghp_abcdef in /root', environment)).toBe('login *** with *** in /root')
  })

  it('hides the password of an address also where it stands alone, and not its host', () => {
    const environment = { DATABASE_URL: 'postgres://shop:p%40ssword1@db.local/shop' }
    expect(redact('p@ssword1 refused by db.local', environment)).toBe('*** refused by db.local')
  })

  it('leaves alone what is too short to be a secret', () => {
    expect(redact('11 of 12', { API_TOKEN: '1' })).toBe('11 of 12')
  })
})
