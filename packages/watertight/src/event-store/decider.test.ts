import { describe, expect, it } from 'vitest'
import { account } from './account.fixture.ts'
import { decider, domainEvent } from './decider.ts'
import { isRejection, reject } from './rejection.ts'

const stored = (type: string, schema: number, data: unknown) => ({
  id: 'e1',
  type,
  schema,
  data,
  meta: { correlation: 'c', causation: 'c' },
  stream: { tenant: 'default', category: 'account', id: '1' },
  version: 1,
  position: 1,
  at: 0,
})

describe('decider', () => {
  it('makes creators for its commands and events, which know the name an event is stored under', () => {
    expect(account.commands.deposit({ amount: 5 })).toEqual({ type: 'deposit', data: { amount: 5 } })
    expect(account.events.deposited({ amount: 5 })).toEqual({ type: 'deposited', data: { amount: 5 } })
    expect(account.events.deposited.type).toBe('account.deposited')
  })

  it('answers no as a value, with a code and a detail', () => {
    const decision = account.decide(account.commands.withdraw({ amount: 5 }), account.initial)
    expect(isRejection(decision) && [decision.code, decision.detail]).toEqual(['OVERDRAWN', { balance: 0 }])
  })

  it('takes one event, several or none as a decision', () => {
    expect(account.decide(account.commands.open({ currency: 'EUR' }), account.initial)).toHaveLength(1)
    expect(account.decide(account.commands.open({ currency: 'EUR' }), { ...account.initial, isOpen: true })).toEqual([])
  })

  it('lifts an old event to the shape of today', () => {
    expect(domainEvent(account, stored('account.opened', 1, {}))).toEqual({ type: 'opened', data: { currency: 'GBP' } })
    expect(domainEvent(account, stored('account.opened', 2, { currency: 'EUR' })).data).toEqual({ currency: 'EUR' })
  })

  it('keeps an event it does not know, and its state as it is', () => {
    const event = domainEvent(account, stored('account.renamed', 1, { name: 'x' }))
    expect(event).toEqual({ type: 'renamed', data: { name: 'x' } })
    expect(account.evolve(account.initial, event)).toBe(account.initial)
  })

  it('refuses an event that newer code wrote, instead of guessing what it means', () => {
    expect(() => domainEvent(account, stored('account.opened', 3, {}))).toThrow(/schema 3.*knows it up to 2/)
  })

  it('lifts through several schemas, one by one and in order', () => {
    const steps = decider('steps', {
      initial: 0,
      evolve: { added: (n: number, e: { readonly by: number }) => n + e.by },
      decide: { add: (c: { readonly by: number }) => ({ type: 'added', data: c }) },
      upcast: { 'added@2': (d) => ({ by: Number(d['by']) * 10 }), 'added@1': (d) => ({ by: d['n'] }) },
    })
    expect(domainEvent(steps, stored('steps.added', 1, { n: 2 })).data).toEqual({ by: 20 })
    expect(steps.upcasting.schemaOf('added')).toBe(3)
  })

  it.each([
    ['added@2', /preceded by added@1/],
    ['removed@1', /of an event that evolve has/],
    ['added', /such as 'itemAdded@1'/],
  ])('refuses the upcaster %s and says what would be right', (key, message) => {
    const make = () =>
      decider('steps', { initial: 0, evolve: { added: (n: number) => n }, decide: {}, upcast: { [key]: (d) => d } })
    expect(make).toThrow(message)
  })

  it('refuses a command it does not have by name', () => {
    const command = { type: 'close', data: {} } as never
    expect(() => account.decide(command, account.initial)).toThrow(/one of open, deposit, withdraw/)
  })

  it('does not take a look-alike for a rejection', () => {
    expect(isRejection({ code: 'NO', detail: undefined })).toBe(false)
    expect(isRejection(reject('NO'))).toBe(true)
  })
})
