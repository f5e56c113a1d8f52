/** Removes a listener. Calling it again does nothing. */
export type Unsubscribe = () => void

/** One argument list for each event type, so that a listener to all of them can narrow `event` by `type`. */
export type AnyEvent<Events> = {
  [Type in keyof Events & string]: [type: Type, event: Events[Type]]
}[keyof Events & string]

interface Subscription {
  /** Undefined: every type. */
  readonly type: string | undefined
  /** Takes the event, or if for every type its type and the event. */
  readonly listener: (first: unknown, event?: object) => unknown
  active: boolean
}

/**
 * Typed events. Listeners are called at once and in the order in which they were added, those of one type and those of all
 * types alike; what they return is ignored. A listener added during an emission first sees the next event; one removed
 * during an emission is not called any more. A listener that throws, or whose promise rejects, is handed to `report` and
 * harms neither the emitting code nor other listeners.
 *
 * Emitting costs nothing when nobody listens; where making the event itself costs, ask {@link observed} first.
 *
 * @example
 * const events = new Emitter<{ opened: { failureRate: number } }>(runtime.report)
 * const off = events.on('opened', ({ failureRate }) => page(failureRate))
 * if (events.observed('opened')) events.emit('opened', { failureRate: window.failureRate() })
 */
export class Emitter<Events extends { [Type in keyof Events]: object }> {
  readonly #report: (error: unknown) => void
  readonly #onFirst: (() => void) | undefined
  #subscriptions: readonly Subscription[] = []
  /** Who hears which type; made on demand, forgotten when a listener comes or goes. */
  readonly #routes = new Map<string, readonly Subscription[]>()
  /** The route that was looked up last: mostly one type is emitted again and again. */
  #latestType: string | undefined
  #latestRoute: readonly Subscription[] = []

  /** `onFirst` is told when somebody begins to listen after nobody did. */
  constructor(report: (error: unknown) => void, onFirst?: () => void) {
    this.#report = report
    this.#onFirst = onFirst
  }

  /** Number of listeners, those to all types included. */
  get listenerCount(): number {
    return this.#subscriptions.length
  }

  /** Calls `listener` for each event of this type, until the returned function is called. */
  on<Type extends keyof Events & string>(type: Type, listener: (event: Events[Type]) => unknown): Unsubscribe {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `emit` pairs each type with its event
    return this.#add({ type, listener: listener as Subscription['listener'], active: true })
  }

  /** Calls `listener` for each event of every type, until the returned function is called. */
  onAny(listener: (...event: AnyEvent<Events>) => unknown): Unsubscribe
  onAny(listener: (type: keyof Events & string) => unknown): Unsubscribe
  onAny(listener: ((...event: AnyEvent<Events>) => unknown) | ((type: keyof Events & string) => unknown)): Unsubscribe {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `emit` pairs each type with its event
    return this.#add({ type: undefined, listener: listener as Subscription['listener'], active: true })
  }

  /** Whether an event of this type would be heard by anyone. */
  observed(type: keyof Events & string): boolean {
    return this.#subscriptions.length !== 0 && this.#route(type).length !== 0
  }

  /** Tells the listeners. Returns when all have been called; never throws. */
  emit<Type extends keyof Events & string>(type: Type, event: Events[Type]): void {
    if (this.#subscriptions.length === 0) return
    const route = this.#route(type)
    for (let i = 0; i < route.length; i++) {
      const subscription = route[i] as Subscription
      if (subscription.active) this.#call(subscription, type, event)
    }
  }

  #call({ type: only, listener }: Subscription, type: string, event: object): void {
    try {
      const result = only === undefined ? listener(type, event) : listener(event)
      if (result instanceof Promise) result.catch(this.#report)
    } catch (error) {
      this.#report(error)
    }
  }

  #route(type: string): readonly Subscription[] {
    if (type === this.#latestType) return this.#latestRoute
    let route = this.#routes.get(type)
    if (route === undefined) {
      route = this.#subscriptions.filter((one) => one.type === undefined || one.type === type)
      this.#routes.set(type, route)
    }
    this.#latestType = type
    this.#latestRoute = route
    return route
  }

  #add(subscription: Subscription): Unsubscribe {
    this.#replace([...this.#subscriptions, subscription])
    if (this.#subscriptions.length === 1) this.#onFirst?.()
    return () => {
      if (!subscription.active) return
      subscription.active = false
      this.#replace(this.#subscriptions.filter((one) => one !== subscription))
    }
  }

  #replace(subscriptions: readonly Subscription[]): void {
    this.#subscriptions = subscriptions
    this.#routes.clear()
    this.#latestType = undefined
  }
}
