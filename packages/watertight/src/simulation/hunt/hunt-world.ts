import { isWatertightError } from '../../runtime/error.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { memoryStore } from '../../store/memory-store.ts'
import type { Store } from '../../store/store.ts'
import { Channel } from './channel.ts'
import type { ChannelOptions, MessageReceiver } from './channel.ts'
import type { Chances } from './chances.ts'
import { Database } from './database.ts'
import type { HuntClock } from './hunt-clock.ts'
import type { HuntHost } from './hunt-host.ts'
import type { ProcessContext } from './process-context.ts'
import { processContext } from './process-context.ts'
import type { Handlers } from './service.ts'
import { Service } from './service.ts'
import { SimulatedProcess } from './simulated-process.ts'

/** Says what is wrong, in words; nothing when nothing is. */
export type Check = () => string | undefined | Promise<string | undefined>

/** A check by its name. */
export interface NamedCheck {
  readonly name: string
  readonly check: Check
}

/** What a client wants: it is tried, again and again, until it is answered. */
export type Operation = (client: ProcessContext) => Promise<unknown>

export interface OperationOptions {
  /** How long an answer is waited for before it is tried again. Default 10,000 ms. */
  readonly patienceMs?: number
  /** How often it is tried at most; without an end when it is missing. */
  readonly attempts?: number
}

const PATIENCE_MS = 10_000
const BETWEEN_TRIES_MS = 400

/** A named operation that waits for its time. */
export interface PlannedOperation {
  readonly name: string
  readonly run: Operation
  readonly options: OperationOptions
}

/** What a program of a hunted system is made of, and what must hold of it. A new one for each seed. */
export class HuntWorld implements HuntHost {
  /** The world's own runtime, which never fails: for models of what is outside. */
  readonly runtime: Runtime
  readonly chances: Chances
  readonly world: HuntClock
  readonly pace: number
  readonly processes: SimulatedProcess[] = []
  readonly databases: Database[] = []
  readonly operations: PlannedOperation[] = []
  readonly alwaysChecks: NamedCheck[] = []
  readonly eventuallyChecks: NamedCheck[] = []
  readonly atRestChecks: NamedCheck[] = []
  /** How often each thing that should happen sometimes did. */
  readonly sometimesSeen: Map<string, number> = new Map()
  readonly lines: string[] = []
  #underWay = 0
  readonly #onChange: () => void
  readonly #onDefect: (what: string) => void
  readonly #onLine: (line: string) => void

  constructor(
    world: HuntClock,
    chances: Chances,
    on: { readonly change: () => void; readonly defect: (what: string) => void; readonly line: (line: string) => void },
    pace: number = 1,
  ) {
    this.runtime = this.world = world
    this.chances = chances
    this.pace = pace
    this.#onChange = on.change
    this.#onDefect = on.defect
    this.#onLine = on.line
  }

  /** A database; its store is one in memory unless another one is given, which must do all its waiting on `runtime`. */
  database(name: string, store: Store = memoryStore({ runtime: this.world })): Database {
    const database = new Database(name, this, store)
    this.databases.push(database)
    return database
  }

  /** A process that runs `start` each time it is started; what that returns is its `running`. */
  process<Running>(
    name: string,
    start: (context: ProcessContext) => Running | Promise<Running>,
  ): SimulatedProcess<Running> {
    const process: SimulatedProcess<Running> = new SimulatedProcess(name, this, (life) =>
      start(processContext(this, process, life)),
    )
    this.processes.push(process)
    return process
  }

  /** A service outside of the hunted system: a model that never dies, behind a network that does what it likes. */
  service<Asked extends Handlers>(name: string, handlers: Asked): Service<Asked> {
    return new Service<Asked>(name, this, Object.keys(handlers), async (asked, args) =>
      handlers[asked]?.(...(args as never[])),
    )
  }

  /** What processes of the hunted system answer: a request goes to one of those that run. */
  route<Running, Asked extends Handlers>(
    name: string,
    processes: readonly SimulatedProcess<Running>[],
    handlers: (running: Running) => Asked,
    names: readonly (keyof Asked & string)[],
  ): Service<Asked> {
    return new Service<Asked>(name, this, names, (asked, args) => {
      const up = processes.filter(({ running }) => running !== undefined)
      const chosen = up[Math.floor(this.chances.draw(`${name} balances`) * up.length)]
      const { running, life } = chosen ?? {}
      if (running === undefined || life === undefined) return undefined
      return life.answer((resolve, reject) => {
        Promise.resolve(handlers(running)[asked]?.(...(args as never[]))).then(resolve, reject)
      })
    })
  }

  /** A one-way link. */
  channel<Message>(name: string, receive: MessageReceiver<Message>, options?: ChannelOptions): Channel<Message> {
    return new Channel(name, this, receive, options)
  }

  /** Something a client wants, at a moment of its own. It must bear being tried again: give it a key. */
  operation(name: string, run: Operation, options: OperationOptions = {}): void {
    this.operations.push({ name, run, options })
  }

  /** Must hold after everything that happens. */
  always(name: string, check: Check): void {
    this.alwaysChecks.push({ name, check })
  }

  /** Must come true when nothing goes wrong any more. */
  eventually(name: string, check: Check): void {
    this.eventuallyChecks.push({ name, check })
  }

  /** Must hold when everything has come to rest. */
  atRest(name: string, check: Check): void {
    this.atRestChecks.push({ name, check })
  }

  /** Must happen with some seed at least: the proof that a hunt goes where it should. */
  sometimes(name: string, happened: boolean = true): void {
    this.sometimesSeen.set(name, (this.sometimesSeen.get(name) ?? 0) + (happened ? 1 : 0))
  }

  /** The next number in [0, 1) for a purpose. */
  draw(purpose: string): number {
    return this.chances.draw(purpose)
  }

  /** One of `among`, drawn. */
  choose<const T>(purpose: string, among: readonly [T, ...T[]]): T {
    return among[Math.floor(this.chances.draw(purpose) * among.length)] ?? among[0]
  }

  /** How many late and repeated requests have not arrived yet. */
  get underWay(): number {
    return this.#underWay
  }

  /** Something arrives late: there is no rest before it has. */
  readonly later = (inMs: number, run: () => void): void => {
    this.#underWay++
    this.world.schedule(this.world.now() + inMs, () => {
      this.#underWay--
      run()
    })
  }

  /** A line of the trace; `this.changed()` with it when something took effect. */
  readonly trace = (text: string): void => {
    const line = `${this.world.now().toFixed(1).padStart(9)}  ${text}`
    this.lines.push(line)
    this.#onLine(line)
  }

  /** Something took effect: what must always hold is looked at. */
  readonly changed = (): void => {
    this.#onChange()
  }

  /** An error that belongs to nobody. One that no fault explains is a defect: it is none of the library's, or the real clock was read. */
  readonly reported = (process: string, error: unknown): void => {
    if (isWatertightError(error) && error.code !== 'REAL_WORLD_IN_SIMULATION') return
    this.#onDefect(`${process} reported ${String(error)}`)
  }

  /** Tries an operation until it is answered. */
  async try({ name, run, options }: PlannedOperation, context: ProcessContext): Promise<void> {
    const { patienceMs = PATIENCE_MS, attempts = Infinity } = options
    for (let tries = 1; tries <= attempts; tries++) {
      try {
        const done = run(context).then(() => true)
        if (await Promise.race([done, context.sleep(patienceMs).then(() => false)])) {
          this.trace(`${name} is answered`)
          this.changed()
          return
        }
      } catch (error) {
        if (!isWatertightError(error) || !error.retryable) return this.#onDefect(`${name} failed: ${String(error)}`)
      }
      await context.sleep(BETWEEN_TRIES_MS)
    }
  }
}
