import { Emitter, type Unsubscribe } from '../runtime/emitter.ts'
import { isWatertightError } from '../runtime/error.ts'
import { invalidOption, refuseUnknown } from '../runtime/option.ts'
import type { Runtime, Timer } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Position } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import { endOfLog, liveVersionRow, readLiveVersion } from './live-version.ts'
import { parkedTable } from './parked-key.ts'
import type { Projection } from './projection.ts'
import type { ReadModelTarget } from './read-model-target.ts'
import { readRow, type ReadRowOptions } from './read-row.ts'
import { type RunningProjection, runProjection, type RunProjectionOptions } from './run-projection.ts'

/** One side of an upgrade: a version of the projection, and how it is kept up. */
export interface UpgradeSide<Row>
  extends Pick<RunProjectionOptions, 'categories' | 'target' | 'batch' | 'mostCrashes'> {
  readonly projection: Projection<Row>
}

export interface UpgradeOptions<Old, Row>
  extends Pick<RunProjectionOptions, 'leaseTtl' | 'retryDelay' | 'maxRetryDelay' | 'tenant'> {
  /** Where both versions are kept, or their checkpoints. */
  readonly store: Store
  /** The version that is in use. */
  readonly previous: UpgradeSide<Old>
  /** The version that replaces it. */
  readonly next: UpgradeSide<Row>
  /** What a row of the previous version is in the next one's shape, as good as it can be known: for reads until the flip. */
  readonly lift: (row: Old) => Row
  /** Who flips: by itself as soon as the next version is up, or only {@link ProjectionUpgrade.flip}. Default: `'automatic'`. */
  readonly flip?: 'automatic' | 'manual'
  /** Whose parked rows hold the flip. Default: those of `tenant`, or of the tenant of systems that have only one. */
  readonly tenants?: readonly string[]
  /** What it waits on and reads clocks from. Default: the system runtime. */
  readonly runtime?: Runtime
}

/** What an upgrade tells. */
export interface UpgradeEvents {
  /** How far the next version has come. About once a second. */
  progress: {
    readonly name: string
    readonly version: number
    readonly position: Position
    readonly end: Position
    /** Of the log, from 0 to 1. */
    readonly share: number
  }
  /** The next version is read from now on. */
  flipped: { readonly name: string; readonly version: number; readonly since: Position }
  /** The next version is up, but some of its rows are parked: it waits for a person. */
  held: { readonly name: string; readonly version: number; readonly parkedKey: string }
  /** The store failed; it is tried again. */
  failed: { readonly name: string; readonly error: unknown }
}

/** A projection of which a new version is built beside the old one. */
export interface ProjectionUpgrade<Row> {
  readonly next: RunningProjection
  /** The row by whichever version is live. See {@link readRow}. */
  read(key: string, options?: Omit<ReadRowOptions, 'target' | 'runtime'>): Promise<Row | undefined>
  /** Makes the next version the live one if it is up: true when it is live now, by whomever. */
  flip(): Promise<boolean>
  on<Type extends keyof UpgradeEvents>(type: Type, listener: (event: UpgradeEvents[Type]) => void): Unsubscribe
  close(): Promise<void>
}

const OPTIONS = [
  'store',
  'previous',
  'next',
  'lift',
  'flip',
  'runtime',
  'tenant',
  'tenants',
  'leaseTtl',
  'retryDelay',
  'maxRetryDelay',
]
const LOOK_EVERY_MS = 100
const PROGRESS_EVERY_MS = 1_000
/** While both versions move, one look in some finds the new one not behind. */
const TRIES = 50

/**
 * Rebuilds a projection while it is in use (blue/green): builds the next version beside the previous one, which goes on being
 * kept up and read, and then flips. The flip is one commit that demands that the previous version stands where it was seen and
 * the next one not behind it: no reader sees time go back. It is durable, and once for all processes.
 *
 * Inline rows need nothing more: new writers bring both versions up, old writers the previous one, and the follower that runs
 * here brings the next version what old writers leave out, for as long as there are any.
 *
 * @example
 * const summaries = upgradeProjection({
 *   store,
 *   previous: { projection: summaryV1 },
 *   next: { projection: summaryV2 },
 *   lift: (row) => ({ ...row, currency: 'GBP' }),
 * })
 * const row = await summaries.read('order-17', { atLeast: token })
 *
 * @throws WatertightError `INVALID_OPTION`, also when the two are not versions of one projection, in order.
 */
export function upgradeProjection<Old, Row>(options: UpgradeOptions<Old, Row>): ProjectionUpgrade<Row> {
  refuseUnknown('upgradeProjection', options, OPTIONS)
  const { previous, next } = options
  if (previous.projection.name !== next.projection.name) {
    throw invalidOption('next', next.projection.name, `a version of projection ${previous.projection.name}`)
  }
  if (previous.projection.version >= next.projection.version) {
    throw invalidOption('next', next.projection.version, `later than version ${previous.projection.version}`)
  }
  return new Upgrade(options)
}

class Upgrade<Old, Row> implements ProjectionUpgrade<Row> {
  readonly next: RunningProjection
  readonly #options: UpgradeOptions<Old, Row>
  readonly #runtime: Runtime
  readonly #events: Emitter<UpgradeEvents>
  #previous: RunningProjection | undefined
  /** The next version must have at least what was there at the beginning, wherever the previous one stands. */
  #least: Position | undefined
  #timer: Timer | undefined
  #looking: Promise<void> = Promise.resolve()
  #toldAt = Number.NEGATIVE_INFINITY
  #isHeld = false
  #closing: Promise<void> | undefined

  constructor(options: UpgradeOptions<Old, Row>) {
    const { runtime = systemRuntime, previous, next } = options
    this.#options = options
    this.#runtime = runtime
    this.#events = new Emitter((error) => runtime.report(error))
    this.#previous = this.#run(previous)
    this.next = this.#run(next)
    this.#lookSoon(0)
  }

  async read(key: string, options: Omit<ReadRowOptions, 'target' | 'runtime'> = {}): Promise<Row | undefined> {
    const { store, previous, next, lift } = this.#options
    const all = { ...options, runtime: this.#runtime }
    const ofSide = ({ target }: { readonly target?: ReadModelTarget }): ReadRowOptions => ({
      ...all,
      ...(target && { target }),
    })
    if (!(await this.#isNextLive())) {
      const [read] = await Promise.allSettled([readRow(previous.projection, store, key, ofSide(previous))])
      // The previous version may go on for a while, ahead of the one that is live: what it shows counts until the flip only.
      if (!(await this.#isNextLive())) {
        if (read.status === 'rejected') throw read.reason
        return read.value === undefined ? undefined : lift(read.value)
      }
    }
    return await readRow(next.projection, store, key, ofSide(next))
  }

  async flip(): Promise<boolean> {
    const { store, previous, next } = this.#options
    const { name, version } = next.projection
    for (let tries = 1; tries <= TRIES; tries++) {
      const { live, row } = await readLiveVersion(store, name)
      if (live && live.version >= version) return true
      this.#least ??= await endOfLog(store)
      const stands = await store.checkpoint(previous.projection.checkpoint)
      const reached = await store.checkpoint(next.projection.checkpoint)
      if (reached < Math.max(stands, this.#least)) return false
      if (await this.#isParked()) return false
      const committed = await store.commit({
        checkpoint: { name: previous.projection.checkpoint, from: stands, to: stands },
        rows: [liveVersionRow(next.projection, stands, row)],
      })
      if (!committed.ok) continue
      this.#events.emit('flipped', { name, version, since: stands })
      return true
    }
    return false
  }

  on<Type extends keyof UpgradeEvents>(type: Type, listener: (event: UpgradeEvents[Type]) => void): Unsubscribe {
    return this.#events.on(type, listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #run<Any>({ projection, ...side }: UpgradeSide<Any>): RunningProjection {
    const { store, tenant, leaseTtl, retryDelay, maxRetryDelay } = this.#options
    return runProjection(projection, {
      store,
      runtime: this.#runtime,
      ...side,
      ...(tenant !== undefined && { tenant }),
      ...(leaseTtl !== undefined && { leaseTtl }),
      ...(retryDelay !== undefined && { retryDelay }),
      ...(maxRetryDelay !== undefined && { maxRetryDelay }),
    })
  }

  #lookSoon(ms: number): void {
    const look = (): void => {
      this.#looking = this.#look()
    }
    this.#timer = this.#runtime.timer(ms, look, false)
  }

  async #isNextLive(): Promise<boolean> {
    const { store, next } = this.#options
    const { name, version } = next.projection
    const { live } = await readLiveVersion(store, name)
    return live !== undefined && live.version >= version
  }

  async #look(): Promise<void> {
    const { next, flip = 'automatic' } = this.#options
    const { name } = next.projection
    try {
      await this.#tellProgress()
      // Old processes that still read the previous version keep it up themselves.
      if ((await this.#isNextLive()) || (flip === 'automatic' && (await this.flip())))
        return await this.#previous?.close()
    } catch (error) {
      if (isWatertightError(error, 'STORE_CLOSED')) return
      if (this.#events.observed('failed')) this.#events.emit('failed', { name, error })
      else this.#runtime.report(error)
    }
    if (!this.#closing) this.#lookSoon(LOOK_EVERY_MS)
  }

  async #tellProgress(): Promise<void> {
    const { store, next } = this.#options
    const { name, version, checkpoint } = next.projection
    if (!this.#events.observed('progress') || this.#runtime.now() - this.#toldAt < PROGRESS_EVERY_MS) return
    const [position, end] = await Promise.all([store.checkpoint(checkpoint), endOfLog(store)])
    this.#toldAt = this.#runtime.now()
    this.#events.emit('progress', { name, version, position, end, share: end === 0 ? 1 : Math.min(1, position / end) })
  }

  async #isParked(): Promise<boolean> {
    const { store, next, tenant, tenants = [tenant] } = this.#options
    const { name, version } = next.projection
    const parked = await Promise.all(
      tenants.map((one) => store.scanRows(parkedTable(next.projection, one), { max: 1 })),
    )
    const [first] = parked.flat()
    if (first && !this.#isHeld) this.#events.emit('held', { name, version, parkedKey: first.key })
    this.#isHeld = first !== undefined
    return this.#isHeld
  }

  async #close(): Promise<void> {
    this.#timer?.cancel()
    await this.#looking
    await Promise.all([this.#previous?.close(), this.next.close()])
  }
}
