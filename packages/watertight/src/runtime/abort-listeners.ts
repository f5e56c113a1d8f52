import { report } from './report.ts'
import { systemRuntime } from './system-runtime.ts'

/** One of a ring: a follower, or the hub at its head. */
class Link {
  before: Link = this
  after: Link = this
}

/**
 * Somebody who wants to know when a signal aborts: extended by what has to know it on the path of every call, so that following
 * takes no further object and no closure.
 */
export abstract class AbortFollower extends Link {
  #hub: Hub | undefined = undefined

  /** The signal has aborted. Called once; what it throws is reported. */
  abstract aborted(): void

  /** Follows `signal`, until it aborts or {@link unfollow}. One that has aborted already never tells: look at it first. */
  follow(signal: AbortSignal): void {
    this.#hub = hubOf(signal)
    this.#hub.add(this)
  }

  /** Again, or after the signal aborted: nothing. */
  unfollow(): void {
    const hub = this.#hub
    if (hub === undefined) return
    this.#hub = undefined
    hub.remove(this)
  }
}

/** Our one listener on a signal, and the ring of everyone it tells. */
class Hub extends Link {
  readonly #signal: AbortSignal
  #listening = false
  #idle = false
  readonly #fire = (): void => {
    this.#stopListening()
    for (let link = this.after; link instanceof AbortFollower; link = this.after) {
      link.unfollow()
      try {
        link.aborted()
      } catch (error) {
        report(error)
      }
    }
  }

  constructor(signal: AbortSignal) {
    super()
    this.#signal = signal
  }

  add(follower: AbortFollower): void {
    const { before } = this
    follower.before = before
    follower.after = this
    before.after = follower
    this.before = follower
    if (this.#listening) return
    this.#listening = true
    this.#signal.addEventListener('abort', this.#fire)
  }

  remove({ before, after }: AbortFollower): void {
    before.after = after
    after.before = before
    if (this.after !== this || this.#idle || !this.#listening) return
    this.#idle = true
    idleLater(this)
  }

  /** The turn is over: whoever comes back only later finds no listener of ours on the signal. */
  endTurn(): void {
    this.#idle = false
    if (this.after === this) this.#stopListening()
  }

  #stopListening(): void {
    if (!this.#listening) return
    this.#listening = false
    this.#signal.removeEventListener('abort', this.#fire)
    if (latestHub === this) latestSignal = latestHub = undefined
  }
}

const hubs = new WeakMap<AbortSignal, Hub>()
let idle: Hub[] = []
/** Whoever calls in a loop follows the same signal each time. Only while the hub listens. */
let latestSignal: AbortSignal | undefined
let latestHub: Hub | undefined

/**
 * However many follow one signal, it carries a single native listener: the native list is searched on each addition and
 * removal, so that thousands of calls under one shutdown signal would cost the square of their number. That listener stays
 * until the end of the turn in which the last follower left: adding and removing it natively takes longer than all the rest.
 */
function hubOf(signal: AbortSignal): Hub {
  if (signal === latestSignal && latestHub !== undefined) return latestHub
  let hub = hubs.get(signal)
  if (hub === undefined) {
    hub = new Hub(signal)
    hubs.set(signal, hub)
  }
  latestSignal = signal
  latestHub = hub
  return hub
}

function idleLater(hub: Hub): void {
  idle.push(hub)
  if (idle.length === 1) systemRuntime.turn(endTurn)
}

function endTurn(): void {
  const ended = idle
  idle = []
  for (const hub of ended) hub.endTurn()
}

class Listener extends AbortFollower {
  readonly #listener: () => void

  constructor(listener: () => void) {
    super()
    this.#listener = listener
  }

  aborted(): void {
    this.#listener()
  }
}

/**
 * Calls `listener` when `signal` aborts, until the returned function is called; by the end of the turn in which the last one
 * left, our listener is off the signal. A signal that has aborted already never calls: look at `signal.aborted` first.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const follower = new Listener(listener)
  follower.follow(signal)
  return () => follower.unfollow()
}
