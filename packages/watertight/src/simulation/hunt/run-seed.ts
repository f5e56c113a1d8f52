import { World } from '../kernel/world.ts'
import { Chances } from './chances.ts'
import { FaultPlan } from './fault-plan.ts'
import type { Hunted } from './hunted.ts'
import type { NamedCheck } from './hunt-world.ts'
import { HuntWorld } from './hunt-world.ts'
import { processContext } from './process-context.ts'
import { SimulatedProcess } from './simulated-process.ts'

/** How often it is looked whether the system has come to rest. */
const LOOK_MS = 500
/** A check that has not answered after so long never will. */
const LAST_LOOK_MS = 60_000
/** The share of the trouble in which clients begin, and over how much of that share those of one seed are spread. */
const BEGINNING = 0.6
const SPREADS = [1, 1, 0.1, 0.001] as const

/** What went wrong: a check that did not hold, or a defect. */
export interface Violation {
  /** The check's name, or `defect`. */
  readonly name: string
  readonly reason: string
  /** Virtual milliseconds. */
  readonly atMs: number
}

/** One seed, run. */
export interface SeedRun {
  readonly seed: number
  readonly violation: Violation | undefined
  /** The faults that happened and the operations that were done, by key. */
  readonly happened: readonly string[]
  /** The kinds of fault that could have happened. */
  readonly offered: ReadonlySet<string>
  readonly sometimes: ReadonlyMap<string, number>
  /** What happened, one thing a line. */
  readonly trace: readonly string[]
  /** The same for two runs that did the same. */
  readonly traceHash: string
  readonly virtualMs: number
  readonly eventCount: number
}

/**
 * Runs one seed: things go wrong for a while, then everything is healed and must come to rest. `only`: the keys of the faults
 * and operations that happen, instead of what the seed draws.
 */
export async function runSeed(hunted: Hunted, seed: number, only?: readonly string[]): Promise<SeedRun> {
  return await new SeedRunner(hunted, seed, only && new FaultPlan(only)).run()
}

class SeedRunner {
  readonly #hunted: Hunted
  readonly #seed: number
  readonly #clock: World
  readonly #world: HuntWorld
  readonly #chances: Chances
  /** Ends the time that is passing. */
  #stop: () => void = () => {}
  #violation: Violation | undefined
  #isCheckPlanned = false

  constructor(hunted: Hunted, seed: number, plan: FaultPlan | undefined) {
    this.#hunted = hunted
    this.#seed = seed
    this.#clock = new World({ seed })
    this.#chances = new Chances(seed, plan)
    this.#world = new HuntWorld(this.#clock, this.#chances, {
      change: () => this.#planCheck(),
      defect: (what) => this.#violated('defect', what),
      line: (line) => this.#clock.trace('hunt', line),
    })
  }

  async run(): Promise<SeedRun> {
    try {
      await this.#hunted.build(this.#world)
      await this.#clock.run(this.#live(), this.#hunted.troubleMs + this.#hunted.recoveryMs + LAST_LOOK_MS)
    } catch (error) {
      this.#violated('defect', String(error))
    }
    for (const process of this.#world.processes) process.stop()
    await Promise.all(this.#world.databases.map(({ store }) => store.close()))
    return {
      seed: this.#seed,
      violation: this.#violation,
      happened: this.#chances.happened,
      offered: this.#chances.offered,
      sometimes: this.#world.sometimesSeen,
      trace: this.#world.lines,
      traceHash: this.#clock.traceHash,
      virtualMs: this.#clock.now(),
      eventCount: this.#clock.eventCount,
    }
  }

  async #live(): Promise<void> {
    // What comes before the first event happens outside of the simulated world, where nobody guards the real clock.
    await this.#pass(0)
    for (const process of this.#world.processes) process.start()
    this.#planOperations()
    await this.#pass(this.#hunted.troubleMs)
    if (this.#violation) return
    this.#heal()
    await this.#comeToRest()
    if (!this.#violation) await this.#lookAtTheEnd()
  }

  #planOperations(): void {
    const within = this.#hunted.troubleMs * BEGINNING
    const spread = SPREADS[Math.floor(this.#chances.draw('spread') * SPREADS.length)] ?? 1
    const first = this.#chances.draw('first') * (1 - spread)
    for (const operation of this.#world.operations) {
      const { name } = operation
      const at = (first + this.#chances.draw(`begin ${name}`) * spread) * within
      if (!this.#chances.operation(name)) continue
      const client: SimulatedProcess = new SimulatedProcess(
        name,
        this.#world,
        (life) => void this.#world.try(operation, processContext(this.#world, client, life)),
        false,
      )
      this.#clock.schedule(at, () => client.start())
    }
  }

  #heal(): void {
    this.#world.trace('from here on nothing goes wrong')
    this.#chances.heal()
    for (const database of this.#world.databases) database.heal()
    for (const process of this.#world.processes) process.heal()
  }

  async #comeToRest(): Promise<void> {
    const limit = this.#clock.now() + this.#hunted.recoveryMs
    while (!this.#violation) {
      await this.#pass(LOOK_MS)
      const restless = await this.#restless()
      if (restless === undefined) return
      if (this.#clock.now() >= limit) this.#violated(restless.name, `it never came true: ${restless.reason}`)
    }
  }

  /** What has not come to rest yet. */
  async #restless(): Promise<{ readonly name: string; readonly reason: string } | undefined> {
    const { underWay, eventuallyChecks } = this.#world
    // What comes late can wake what had come to rest.
    if (underWay > 0) return { name: 'nothing is under way', reason: `${underWay} late requests` }
    for (const { name, check } of eventuallyChecks) {
      const reason = await check()
      if (reason !== undefined) return { name, reason }
    }
    return undefined
  }

  async #lookAtTheEnd(): Promise<void> {
    for (const check of [...this.#world.alwaysChecks, ...this.#world.atRestChecks]) {
      if (!this.#violation) await this.#look(check)
    }
  }

  /** Lets time pass, unless something is violated before. */
  async #pass(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stop = resolve
      this.#clock.schedule(this.#clock.now() + ms, resolve)
    })
  }

  #planCheck(): void {
    if (this.#isCheckPlanned || this.#world.alwaysChecks.length === 0) return
    this.#isCheckPlanned = true
    this.#clock.schedule(this.#clock.now(), () => {
      this.#isCheckPlanned = false
      for (const check of this.#world.alwaysChecks) void this.#look(check)
    })
  }

  async #look({ name, check }: NamedCheck): Promise<void> {
    if (this.#violation) return
    try {
      const answer = check()
      const reason = typeof answer === 'object' ? await answer : answer
      if (reason !== undefined) this.#violated(name, reason)
    } catch (error) {
      this.#violated(name, `the check failed: ${String(error)}`)
    }
  }

  #violated(name: string, reason: string): void {
    if (this.#violation) return
    this.#violation = { name, reason, atMs: this.#clock.now() }
    this.#world.trace(`X ${name}: ${reason}`)
    this.#stop()
  }
}
