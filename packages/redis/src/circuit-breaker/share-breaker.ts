import {
  type BreakerState,
  type Duration,
  type LivePipeline,
  refuseUnknown,
  requireInteger,
  requireText,
  type Runtime,
  systemRuntime,
  type Timer,
  toMilliseconds,
  WatertightError,
} from 'watertight'
import type { RedisLink } from '../link/redis-link.ts'
import { slotted } from '../link/script.ts'
import { majorityOpens, type Vote, voteOf } from './breaker-vote.ts'
import { voteScript } from './vote-script.ts'

/** Which breaker, and how the processes agree. */
export interface SharedBreakerOptions {
  /** Name of the policy in its pipeline. Default: `'circuitBreaker'`. */
  readonly policy?: string
  /** What the breaker is called in Redis: the same for all who share it. Default: names of pipeline and policy. */
  readonly id?: string
  /** How often a process votes and looks, beside at once when its own breaker opens or closes. Default: `'500ms'`. */
  readonly every?: Duration
  /** How long a vote counts; several times `every`. Default: `'3s'`. */
  readonly votesCountFor?: Duration
  /** Voters without whom nothing is decided, 2 at least. Default: 2. */
  readonly quorum?: number
  /** Begins all keys in Redis. Default: `'watertight'`. */
  readonly prefix?: string
  /** That of the pipeline. Default: the system runtime. */
  readonly runtime?: Runtime
}

/** What the processes said when they were last asked. */
export interface SharedBreakerState {
  /** What this process said. */
  readonly vote: Vote
  readonly open: number
  readonly closed: number
  /** Whether this process keeps its circuit open because the others say so. */
  readonly following: boolean
  /** Whether Redis answered the last time. */
  readonly shared: boolean
}

const KNOWN = ['policy', 'id', 'every', 'votesCountFor', 'quorum', 'prefix', 'runtime'] as const

/**
 * Lets the processes that call the same dependency warn each other. Each says what its own breaker knows; while a majority of
 * those who know something says `open`, the others keep their circuits open too (mode `isolated`), without having to fail
 * by themselves first. As soon as there is no majority any more, they go back to their own judgement, with an empty window.
 *
 * The breaker in the process always works alone: it opens at once by its own failures, and those that opened by themselves
 * do the probing. A Redis that is gone, votes that have run out and less voters than `quorum` all mean: no agreement, each by
 * itself. So a lost Redis neither opens nor closes anything.
 *
 * Why a majority of processes: one process with a broken network must not open the circuit of all, so the first who opens does
 * not decide; a common sum of all calls would let the busiest process decide for the rest, and needs each outcome in Redis;
 * a leader would have to be elected, by the very Redis that may be gone.
 */
export class SharedBreaker {
  readonly #link: RedisLink
  readonly #live: LivePipeline
  readonly #runtime: Runtime
  readonly #policy: string
  readonly #key: string
  readonly #process: string
  readonly #everyMs: number
  readonly #ttlMs: number
  readonly #quorum: number
  readonly #unsubscribe: readonly (() => void)[]
  #timer: Timer | undefined
  #round: Promise<void> | undefined
  #again = false
  #stopped = false
  #following = false
  #last: { readonly vote: Vote; readonly open: number; readonly closed: number; readonly shared: boolean } = {
    vote: 'none',
    open: 0,
    closed: 0,
    shared: false,
  }

  /** @throws WatertightError `INVALID_OPTION` */
  constructor(link: RedisLink, live: LivePipeline, options: SharedBreakerOptions = {}) {
    refuseUnknown('shareBreaker', options, KNOWN)
    const {
      policy = 'circuitBreaker',
      every = '500ms',
      votesCountFor = '3s',
      quorum = 2,
      prefix = 'watertight',
    } = options
    this.#link = link
    this.#live = live
    this.#runtime = options.runtime ?? systemRuntime
    this.#policy = requireText('policy', policy)
    this.#key = slotted(
      requireText('prefix', prefix),
      `breaker:${requireText('id', options.id ?? `${live.name}/${policy}`)}`,
    )
    this.#process = this.#runtime.id()
    this.#everyMs = toMilliseconds('every', every, { positive: true })
    this.#ttlMs = toMilliseconds('votesCountFor', votesCountFor, { positive: true })
    this.#quorum = requireInteger('quorum', quorum, 2)
    if (!('circuit' in (live.state().policies[policy] ?? {}))) {
      throw new WatertightError(
        'INVALID_OPTION',
        `policy must be a circuit breaker of ${live.name}, but it is '${policy}'`,
      )
    }
    const look = (): void => void this.#vote()
    this.#unsubscribe = [live.events.on('breaker.opened', look), live.events.on('breaker.closed', look)]
    look()
  }

  state(): SharedBreakerState {
    return { ...this.#last, following: this.#following && this.#own().mode === 'isolated' }
  }

  /** Takes the vote of this process back and leaves its breaker to itself. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    for (const off of this.#unsubscribe) off()
    await this.#round
    this.#follow(false)
    await this.#ask('none')
  }

  /** One round at a time: a change during one makes another one follow. */
  async #vote(): Promise<void> {
    if (this.#stopped) return
    if (this.#round !== undefined) {
      this.#again = true
      return
    }
    this.#timer?.cancel()
    this.#round = this.#look()
    await this.#round
    this.#round = undefined
    if (this.#stopped) return
    if (this.#again) {
      this.#again = false
      return await this.#vote()
    }
    this.#timer = this.#runtime.timer(this.#everyMs, () => void this.#vote(), false)
  }

  async #look(): Promise<void> {
    const vote = voteOf(this.#own())
    const counted = await this.#ask(vote)
    const [open, closed] = counted ?? [0, 0]
    this.#last = { vote, open, closed, shared: counted !== undefined }
    if (!this.#stopped) this.#follow(majorityOpens(open, closed, this.#quorum))
  }

  #follow(open: boolean): void {
    const { mode, circuit } = this.#own()
    if (open && mode === 'normal' && circuit === 'closed') {
      this.#following = true
      this.#live.update(this.#policy, { mode: 'isolated' })
    } else if (!open && this.#following) {
      this.#following = false
      // Somebody may have set another mode by hand meanwhile: that stays.
      if (mode === 'isolated') this.#live.update(this.#policy, { mode: 'normal' })
    }
  }

  #own(): BreakerState {
    return this.#live.state().policies[this.#policy] as BreakerState
  }

  async #ask(vote: Vote): Promise<readonly [number, number] | undefined> {
    const outcome = await this.#link.ask(
      this.#runtime,
      voteScript,
      [this.#key],
      [this.#process, vote, Math.ceil(this.#ttlMs)],
    )
    if (outcome.kind !== 'success' || !Array.isArray(outcome.value)) return undefined
    const [open, closed] = outcome.value.map(Number)
    return open === undefined || closed === undefined ? undefined : [open, closed]
  }
}

/**
 * Shares the circuit breaker of a live pipeline with other processes: see {@link SharedBreaker}. It holds no process, and works
 * until `stop` is called.
 *
 * @example
 * const shared = shareBreaker(link, payments.on(systemRuntime), { quorum: 3 })
 * process.on('SIGTERM', () => shared.stop())
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function shareBreaker(link: RedisLink, live: LivePipeline, options: SharedBreakerOptions = {}): SharedBreaker {
  return new SharedBreaker(link, live, options)
}
