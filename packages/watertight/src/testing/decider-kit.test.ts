import { describe, expect, it } from 'vitest'
import { account } from '../event-store/account.fixture.ts'
import { given } from './decider-kit.ts'

const { opened, deposited, withdrawn } = account.events
const { open, deposit, withdraw } = account.commands

describe('given, when, expect', () => {
  const rich = given(account, opened({ currency: 'EUR' }), deposited({ amount: 10 }))

  it('passes when the command leads to these events', () => {
    rich.when(withdraw({ amount: 4 })).expectEvents(withdrawn({ amount: 4 }))
    expect(rich.when(withdraw({ amount: 4 })).state.balance).toBe(6)
  })

  it('passes when the command is rejected with this code and detail', () => {
    rich.when(withdraw({ amount: 40 })).expectRejection('OVERDRAWN', { balance: 10 })
    given(account)
      .when(deposit({ amount: 1 }))
      .expectRejection('NOT_OPEN')
    expect(rich.when(withdraw({ amount: 40 })).state).toBe(rich.state)
  })

  it('passes when nothing is expected and nothing happens', () => {
    const again = rich.when(open({ currency: 'EUR' }))
    again.expectNothing()
    expect(again.state).toBe(rich.state)
  })

  it.each([
    ['other events', () => rich.when(withdraw({ amount: 4 })).expectEvents(withdrawn({ amount: 5 }))],
    ['events where there is a rejection', () => rich.when(withdraw({ amount: 40 })).expectEvents()],
    ['a rejection where there are events', () => rich.when(withdraw({ amount: 4 })).expectRejection('OVERDRAWN')],
    ['another code', () => rich.when(withdraw({ amount: 40 })).expectRejection('NOT_OPEN')],
    ['another detail', () => rich.when(withdraw({ amount: 40 })).expectRejection('OVERDRAWN', { balance: 11 })],
  ])('fails on %s', (_, check) => {
    expect(check).toThrow()
  })
})
