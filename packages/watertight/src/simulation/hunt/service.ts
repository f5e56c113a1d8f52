import { WatertightError } from '../../runtime/error.ts'
import type { Fault, FaultMenu } from './chances.ts'
import { CALL_FAULTS, withoutCrashes } from './fault-kind.ts'
import type { HuntHost } from './hunt-host.ts'
import type { Incarnation } from './incarnation.ts'
import type { SimulatedProcess } from './simulated-process.ts'

const LATENCY_MS = 10
const LONGEST_SLOW_MS = 8_000
const LONGEST_LATE_MS = 20_000

/** What a service can be asked: functions that are called by name. */
export type Handlers = Readonly<Record<string, (...args: never[]) => unknown>>

/** The same functions, as somebody calls them over the network. */
export type Remote<Asked> = {
  readonly [Name in keyof Asked]: Asked[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : never
}

/** Takes one request in; `undefined` when nobody is there to take it. */
export type Receiver = (name: string, args: readonly unknown[]) => Promise<unknown> | undefined

/** A service outside of the process that calls it, reached over a network that loses, delays, repeats and breaks. */
export class Service<Asked extends Handlers = Handlers> {
  readonly name: string
  readonly #host: HuntHost
  readonly #receive: Receiver
  readonly #names: readonly (keyof Asked & string)[]
  readonly #menu: FaultMenu
  readonly #clientMenu: FaultMenu

  constructor(name: string, host: HuntHost, names: readonly (keyof Asked & string)[], receive: Receiver) {
    this.name = name
    this.#host = host
    this.#names = names
    this.#receive = receive
    this.#menu = host.chances.menu(CALL_FAULTS)
    this.#clientMenu = host.chances.menu(withoutCrashes(CALL_FAULTS))
  }

  /** The service as one life of a process calls it. */
  from(process: SimulatedProcess, life: Incarnation): Remote<Asked> {
    const calls = this.#names.map((name) => [
      name,
      (...args: readonly unknown[]) => this.#call(process, life, name, args),
    ])
    return Object.fromEntries(calls) as Remote<Asked>
  }

  #call(process: SimulatedProcess, life: Incarnation, name: string, args: readonly unknown[]): Promise<unknown> {
    if (!life.isAlive) return new Promise(() => {})
    const { chances, trace } = this.#host
    const place = `${process.name}.${this.name}.${name}`
    const fault = chances.fault(place, process.isMortal ? this.#menu : this.#clientMenu)
    if (fault) trace(`! ${process.name}: ${fault.kind} at ${name} of ${this.name}`)
    if (fault?.kind === 'crashBefore') process.crashBy(fault)
    if (fault?.kind === 'pauseBefore') process.pauseBy(fault)
    return life.answer<unknown>((resolve, reject) => {
      if (fault?.kind === 'crashBefore') return
      this.#send(place, fault, () => this.#receive(name, args), resolve, reject)
      if (fault?.kind === 'crashAfter') process.crashBy(fault)
      if (fault?.kind === 'pauseAfter') process.pauseBy(fault)
    })
  }

  #send(
    place: string,
    fault: Fault | undefined,
    receive: () => Promise<unknown> | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    const { world, chances } = this.#host
    const after = (ms: number, run: () => void): void => world.schedule(world.now() + ms, run)
    const slow = (path: number): number => (fault?.kind === 'slow' ? fault.draw(path) ** 2 * LONGEST_SLOW_MS : 0)
    const there = chances.draw(`${place} travel`) * LATENCY_MS * this.#host.pace + slow(0)
    const back = chances.draw(`${place} travel`) * LATENCY_MS * this.#host.pace + slow(1)
    const kind = fault?.kind
    // Half of what is lost is noticed; of the other half nobody ever hears, and the caller has to give up by itself.
    const isNoticed = fault !== undefined && fault.draw(5) < 0.5
    if (kind === 'refused') return after(there + back, () => reject(this.#error('REFUSED', 'cannot do it at present')))
    if (kind === 'requestLost') {
      if (isNoticed) after(there, () => reject(this.#error('CONNECTION_LOST', 'could not be reached')))
      return
    }
    if (kind === 'late') after(there, () => reject(this.#error('CONNECTION_LOST', 'was not heard of again')))
    if (fault?.kind === 'duplicated') {
      this.#host.later(there + fault.draw(6) ** 2 * LONGEST_LATE_MS, () => this.#again(receive))
    }
    const lateBy = kind === 'late' && fault ? fault.draw(2) * LONGEST_LATE_MS : 0
    this.#host.later(there + lateBy, () => {
      const answer = receive()
      if (answer === undefined) return after(back, () => reject(this.#error('CONNECTION_LOST', 'is down')))
      answer.then(
        (value) => {
          this.#host.changed()
          if (kind !== 'answerLost') return after(back, () => resolve(value))
          if (isNoticed) after(back, () => reject(this.#error('CONNECTION_LOST', 'was not heard of again')))
        },
        (error: unknown) => after(back, () => reject(error)),
      )
    })
  }

  #again(receive: () => Promise<unknown> | undefined): void {
    this.#host.trace(`a request to ${this.name} is delivered again`)
    receive()?.then(
      () => this.#host.changed(),
      () => {},
    )
  }

  #error(code: string, why: string): WatertightError {
    return WatertightError.withoutStack(code, `${this.name} ${why}.`, { retryable: true, source: this.name })
  }
}
