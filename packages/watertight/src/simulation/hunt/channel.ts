import type { FaultMenu } from './chances.ts'
import { MESSAGE_FAULTS } from './fault-kind.ts'
import type { HuntHost } from './hunt-host.ts'

const LATENCY_MS = 10
const LONGEST_SLOW_MS = 20_000
/** A receiver that says nothing for so long is dead: what it was given is given again. */
const PATIENCE_MS = 10_000
const AGAIN_MS = 500

/** Takes a message in; resolves to whether it took it, and must not be sent it again. */
export type MessageReceiver<Message> = (message: Message) => Promise<boolean>

export interface ChannelOptions {
  /**
   * Whether a message is sent again until it is taken, as a broker does: it may come twice and out of order, but it comes.
   * Otherwise it may be lost. Default true.
   */
  readonly redelivers?: boolean
}

/** A one-way link: what is sent arrives late, twice, out of order, or not at all. */
export class Channel<Message> {
  readonly name: string
  readonly #host: HuntHost
  readonly #receive: MessageReceiver<Message>
  readonly #redelivers: boolean
  readonly #menu: FaultMenu
  #underWay = 0

  constructor(
    name: string,
    host: HuntHost,
    receive: MessageReceiver<Message>,
    { redelivers = true }: ChannelOptions = {},
  ) {
    this.name = name
    this.#host = host
    this.#receive = receive
    this.#redelivers = redelivers
    this.#menu = host.chances.menu(MESSAGE_FAULTS)
  }

  /** Messages that were sent and not taken yet, each repetition counted. */
  get underWay(): number {
    return this.#underWay
  }

  /** Hands a message over: from here on it outlives its sender. */
  send(message: Message): void {
    const { chances, trace } = this.#host
    const fault = chances.fault(this.name, this.#menu)
    const travel = chances.draw(`${this.name} travel`) * LATENCY_MS * this.#host.pace
    if (fault) trace(`! ${this.name}: ${fault.kind}`)
    if (fault?.kind === 'requestLost' && !this.#redelivers) return
    const delay = fault?.kind === 'slow' || fault?.kind === 'requestLost' ? fault.draw(0) * LONGEST_SLOW_MS : 0
    this.#deliver(message, travel + delay)
    if (fault?.kind === 'duplicated') this.#deliver(message, travel + fault.draw(1) ** 2 * LONGEST_SLOW_MS)
  }

  #deliver(message: Message, inMs: number): void {
    const { world } = this.#host
    this.#underWay++
    this.#host.later(inMs, () => {
      let isSettled = false
      const settle = (taken: boolean): void => {
        if (isSettled) return
        isSettled = true
        this.#underWay--
        this.#host.changed()
        if (!taken && this.#redelivers) this.#deliver(message, AGAIN_MS)
      }
      world.schedule(world.now() + PATIENCE_MS, () => settle(false))
      this.#receive(message).then(settle, () => settle(false))
    })
  }
}
