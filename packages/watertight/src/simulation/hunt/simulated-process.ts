import type { Fault } from './chances.ts'
import { PROCESS_FAULTS } from './fault-kind.ts'
import type { FaultMenu } from './chances.ts'
import type { HuntHost } from './hunt-host.ts'
import { Incarnation } from './incarnation.ts'

const LONGEST_RESTART_MS = 4_000
const LONGEST_PAUSE_MS = 12_000
const MOST_AHEAD_MS = 3_600_000
const DRIFT = 0.01

/**
 * A process that dies and is started again: the same program each time, which finds what it left in its databases and nothing
 * of what it had in memory.
 */
export class SimulatedProcess<Running = unknown> {
  readonly name: string
  /** Whether it can die, stand still and have wrong clocks: a client of the hunted system is none of its processes. */
  readonly isMortal: boolean
  readonly #host: HuntHost
  readonly #start: (life: Incarnation) => Running | Promise<Running>
  readonly #menu: FaultMenu
  #life: Incarnation | undefined
  #running: Running | undefined
  #lives = 0
  #stopped = false

  constructor(
    name: string,
    host: HuntHost,
    start: (life: Incarnation) => Running | Promise<Running>,
    isMortal: boolean = true,
  ) {
    this.name = name
    this.isMortal = isMortal
    this.#host = host
    this.#start = start
    this.#menu = host.chances.menu(isMortal ? PROCESS_FAULTS : {})
  }

  /** What its program made when it started; `undefined` while it is down, or is starting. */
  get running(): Running | undefined {
    return this.#running
  }

  /** The life it lives; `undefined` while it is down. */
  get life(): Incarnation | undefined {
    return this.#life
  }

  start(): void {
    if (this.#life || this.#stopped) return
    const { world, chances, trace } = this.#host
    const fault = chances.fault(this.name, this.#menu)
    const life = new Incarnation(
      this.name,
      world,
      (error) => this.#host.reported(this.name, error),
      fault?.kind === 'clockSkew'
        ? { aheadMs: (fault.draw(0) - 0.5) * MOST_AHEAD_MS, rate: 1 + (fault.draw(1) - 0.5) * DRIFT }
        : undefined,
    )
    this.#life = life
    this.#lives++
    if (this.isMortal)
      trace(
        `${this.name} starts${this.#lives > 1 ? ' again' : ''}${fault ? `, its clock is wrong (${fault.kind})` : ''}`,
      )
    if (fault?.kind === 'clockStep') this.#stepLater(life, fault)
    void this.#run(life)
  }

  /** It is gone, with everything it had in memory. */
  crash(): void {
    if (!this.#life) return
    this.#host.trace(`${this.name} dies`)
    this.#life.die()
    this.#life = this.#running = undefined
  }

  /** Dies by a fault, and is started again soon. */
  crashBy(fault: Fault): void {
    this.crash()
    const { world } = this.#host
    world.schedule(world.now() + 1 + fault.draw(8) * LONGEST_RESTART_MS, () => this.start())
  }

  /** Stands still by a fault: as a garbage collection or a frozen machine makes it. */
  pauseBy(fault: Fault): void {
    const life = this.#life
    if (!life || life.isPaused) return
    const ms = 1 + fault.draw(9) ** 2 * LONGEST_PAUSE_MS
    const { world, trace } = this.#host
    trace(`${this.name} stands still for ${Math.round(ms)} ms`)
    life.pause()
    world.schedule(world.now() + ms, () => this.#wake(life))
  }

  /** It runs, and nothing keeps it from running. */
  heal(): void {
    if (this.#life) this.#wake(this.#life)
    else this.start()
  }

  /** Ends it for good. */
  stop(): void {
    this.#stopped = true
    this.#life?.die()
    this.#life = this.#running = undefined
  }

  #wake(life: Incarnation): void {
    if (!life.isAlive || !life.isPaused) return
    this.#host.trace(`${this.name} goes on`)
    life.resume()
  }

  #stepLater(life: Incarnation, fault: Fault): void {
    const { world, trace } = this.#host
    world.schedule(world.now() + fault.draw(0) * LONGEST_PAUSE_MS, () => {
      if (!life.isAlive) return
      const ms = Math.round((fault.draw(1) - 0.5) * MOST_AHEAD_MS)
      trace(`${this.name}: its wall clock is set ${ms < 0 ? 'back' : 'forward'} by ${Math.abs(ms)} ms`)
      life.stepWallTime(ms)
    })
  }

  async #run(life: Incarnation): Promise<void> {
    try {
      const running = await this.#start(life)
      if (this.#life === life) this.#running = running
    } catch (error) {
      if (this.#life !== life) return
      // A program that cannot start ends, and its supervisor tries again.
      this.#host.reported(this.name, error)
      this.crash()
      const { world } = this.#host
      world.schedule(world.now() + LONGEST_RESTART_MS, () => this.start())
    }
  }
}
