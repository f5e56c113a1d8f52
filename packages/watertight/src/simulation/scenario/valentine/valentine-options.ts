import type { Duration } from '../../../runtime/duration.ts'

/** The day, and how the shop protects itself. Numbers are those of full scale; `'none'` switches a protection off. */
export interface ValentineOptions {
  readonly day: {
    /** Orders a second at the top. */
    readonly peak: number
    /** How long it stays there. */
    readonly hold: Duration
  }
  /** Requests that all processes of the shop can hold at once, whatever they wait for. */
  readonly places: number
  /** How the shop calls payment. */
  readonly payments: {
    /** A whole order: its tries and the waits between them. */
    readonly deadline: Duration
    /** Tries, the first included. */
    readonly attempts: number
    /** Before the second try; then twice as long each time. */
    readonly firstWait: Duration
    /** How far waits are spread by chance: `'none'`, `'full'`, or a share, 0.5 for half to one and a half times as long. */
    readonly jitter: 'none' | 'full' | 'equal' | number
    /** Retries for each order. */
    readonly retryBudget: number | 'none'
    /** Sends payment so many times what it takes on, and refuses the rest at once. */
    readonly throttle: number | 'none'
    /** What the throttle remembers. */
    readonly throttleWindow: Duration
    /** Orders at once. */
    readonly compartment: number | 'none'
    /** Each try. */
    readonly attemptTimeout: Duration
  }
  /** How payment protects itself. */
  readonly payment: {
    /** Requests that may wait in an instance; further ones are refused. */
    readonly queue: number | 'none'
    /** Leaves undone what nobody waits for any more. */
    readonly dropExpired: boolean
  }
}

const DAY = { day: { peak: 15_000, hold: '60s' }, places: 500_000 } as const

/** A short queue, a budget of retries, deadlines, and a throttle: together they hold. */
export const valentineProtected: ValentineOptions = {
  ...DAY,
  payments: {
    deadline: '2s',
    attempts: 3,
    firstWait: '100ms',
    jitter: 'full',
    retryBudget: 0.1,
    throttle: 1.3,
    throttleWindow: '10s',
    compartment: 4_000,
    attemptTimeout: '1500ms',
  },
  payment: { queue: 50, dropExpired: true },
}

/** As it was on that day: half a minute of patience, five retries after 1, 2, 4, 8 and 16 s. */
export const valentineUnprotected: ValentineOptions = {
  ...DAY,
  payments: {
    deadline: '10m',
    attempts: 6,
    firstWait: '1s',
    jitter: 'none',
    retryBudget: 'none',
    throttle: 'none',
    throttleWindow: '10s',
    compartment: 'none',
    attemptTimeout: '30s',
  },
  payment: { queue: 'none', dropExpired: false },
}
