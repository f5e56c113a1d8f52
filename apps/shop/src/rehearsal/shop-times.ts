import type { Role } from '../process/roles.ts'

/** How long the shop's processes take, in milliseconds. */
export interface ShopTimes {
  /** What a request keeps the thread of a process busy for, in the mean. */
  readonly threadMs: Readonly<Record<Role, number>>
  /** From a commit to its answer: the disk. */
  readonly commitMs: number
}

/**
 * Taken from the phase before the spike of a live run (`npm start -- --json`, seed 1): medians of 2.2 ms for browse, 3.8 ms for sign-in and
 * 76 ms for an order, of which the provider takes 40. What is left of a route's median is shared out among its threads and commits. Two
 * cores, which others used as well: on a quiet machine everything is a little faster. That all threads share the cores is not modelled.
 */
export const measuredTimes: ShopTimes = {
  threadMs: {
    gateway: 1,
    orders: 4,
    inventory: 1,
    payments: 2,
    shipping: 1.5,
    notifications: 1,
    analytics: 1,
    users: 2.5,
    'provider-alpha': 1,
    'provider-beta': 1,
    'provider-gamma': 1,
    mail: 1,
    carrier: 1,
  },
  commitMs: 6,
}
