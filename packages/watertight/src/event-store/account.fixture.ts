import { decider } from './decider.ts'
import { reject } from './rejection.ts'

/** The textbook aggregate: an account that cannot be overdrawn. */
export interface Account {
  readonly isOpen: boolean
  readonly balance: number
  readonly currency: string
}

const none: Account = { isOpen: false, balance: 0, currency: '' }

export const account = decider('account', {
  initial: none,
  evolve: {
    opened: (state, e: { readonly currency: string }) => ({ ...state, isOpen: true, currency: e.currency }),
    deposited: (state, e: { readonly amount: number }) => ({ ...state, balance: state.balance + e.amount }),
    withdrawn: (state, e: { readonly amount: number }) => ({ ...state, balance: state.balance - e.amount }),
  },
  decide: {
    open: (command: { readonly currency: string }, { isOpen }) =>
      isOpen ? [] : { type: 'opened', data: { currency: command.currency } },
    deposit: (command: { readonly amount: number }, { isOpen }) => {
      if (!isOpen) return reject('NOT_OPEN')
      return command.amount > 0 ? { type: 'deposited', data: command } : reject('NOT_POSITIVE', command)
    },
    withdraw: (command: { readonly amount: number }, { balance }) =>
      command.amount <= balance ? { type: 'withdrawn', data: command } : reject('OVERDRAWN', { balance }),
  },
  upcast: { 'opened@1': (data) => ({ currency: 'GBP', ...data }) },
})
