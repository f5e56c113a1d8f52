import type { Alarm } from './alarm.ts'
import { runInRoot } from './async-context.ts'

interface Host {
  readonly setImmediate?: (run: () => void) => unknown
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port }
}

interface Port {
  addEventListener(type: 'message', listener: () => void): void
  start(): void
  close(): void
  postMessage(message: null): void
}

const host: Host = globalThis
/** The global is looked up by a getter on each use: kept, it is read in nine tenths of the time. */
const clock: { now(): number } = performance

/** {@link Alarm} over the platform's own clock and timers, of Node or of a browser. */
export class SystemAlarm implements Alarm {
  #timeout: NodeJS.Timeout | number | undefined
  #held = false

  now(): number {
    return clock.now()
  }

  set(delayMs: number, wake: () => void): void {
    clearTimeout(this.#timeout)
    runInRoot(() => {
      this.#timeout = setTimeout(wake, delayMs)
    })
    if (!this.#held) this.#apply()
  }

  hold(held: boolean): void {
    this.#held = held
    this.#apply()
  }

  soon(run: () => void): void {
    runInRoot(() => nextTurn(run))
  }

  #apply(): void {
    // In a browser a timer is a number, and nothing keeps a page alive.
    if (typeof this.#timeout !== 'object') return
    if (this.#held) this.#timeout.ref()
    else this.#timeout.unref()
  }
}

function nextTurn(run: () => void): void {
  if (host.setImmediate !== undefined) host.setImmediate(run)
  else if (host.MessageChannel !== undefined) postMessage(new host.MessageChannel(), run)
  else setTimeout(run, 0)
}

/** Runs without the delay of nested `setTimeout` calls, which browsers stretch to 4 ms. */
function postMessage({ port1, port2 }: { readonly port1: Port; readonly port2: Port }, run: () => void): void {
  port1.addEventListener('message', () => {
    port1.close()
    run()
  })
  port1.start()
  port2.postMessage(null)
}
