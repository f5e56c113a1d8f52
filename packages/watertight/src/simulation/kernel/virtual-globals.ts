import type { Runtime } from '../../runtime/runtime.ts'
import { type Callback, VirtualImmediate, VirtualTimeout } from './virtual-timeout.ts'

/** What code finds in place of a function of the platform. `go` calls the real one. */
export type StandIn = (args: readonly unknown[], go: () => unknown) => unknown

/** What virtual clocks, timers and chance are made of. */
export type VirtualClock = Pick<Runtime, 'now' | 'wallTime' | 'timer' | 'turn' | 'random'>

const BYTE = 256
const NS_PER_MS = 1_000_000
const MS_PER_S = 1_000

/** The platform's functions on a virtual clock, by the names of their doors. What is missing here is forbidden. */
export function virtualGlobals(runtime: VirtualClock): ReadonlyMap<string, StandIn> {
  const byte = (): number => Math.floor(runtime.random('crypto') * BYTE)
  const wallTime = (): number => Math.floor(runtime.wallTime())
  const callback = (run: unknown, args: readonly unknown[]): Callback => ({ run: run as Callback['run'], args })
  const arm =
    (repeats: boolean): StandIn =>
    ([run, delay, ...args]) =>
      new VirtualTimeout(runtime, callback(run, args), delay, repeats)
  const wait: StandIn = ([delay, value]) =>
    new Promise((resolve) => new VirtualTimeout(runtime, callback(resolve, [value]), delay, false))
  const turn = (value?: unknown): Promise<unknown> => new Promise((resolve) => runtime.turn(() => resolve(value)))
  const clear: StandIn = ([handle], go) => {
    if (handle instanceof VirtualTimeout || handle instanceof VirtualImmediate) handle.close()
    else go()
  }

  return new Map<string, StandIn>([
    ['new Date', wallTime],
    ['Date', () => new Date(wallTime()).toString()],
    ['Date.now', wallTime],
    ['performance.now', () => runtime.now()],
    ['process.uptime', () => runtime.now() / MS_PER_S],
    ['process.hrtime', ([since]) => hrtime(runtime.now(), since as [number, number] | undefined)],
    ['process.hrtime.bigint', () => BigInt(Math.round(runtime.now() * NS_PER_MS))],
    ['setTimeout', arm(false)],
    ['setInterval', arm(true)],
    ['setImmediate', ([run, ...args]) => new VirtualImmediate(runtime, callback(run, args))],
    ['clearTimeout', clear],
    ['clearInterval', clear],
    ['clearImmediate', clear],
    ['timers/promises.setTimeout', wait],
    ['timers/promises.setImmediate', ([value]) => turn(value)],
    ['scheduler.wait', wait],
    ['scheduler.yield', () => turn()],
    ['AbortSignal.timeout', ([delay]) => abortAfter(runtime, delay)],
    ['Math.random', () => runtime.random('Math.random')],
    ['crypto.randomUUID', () => uuid(byte)],
    ['crypto.getRandomValues', ([array]) => fill(array as ArrayBufferView, byte)],
    ['crypto.randomFillSync', ([array]) => fill(array as ArrayBufferView, byte)],
    ['crypto.randomBytes', ([size]) => fill(Buffer.alloc(size as number), byte)],
    ['systemRuntime.now', () => runtime.now()],
    ['systemRuntime.wallTime', () => runtime.wallTime()],
    ['systemRuntime.timer', ([delay, run, hold]) => runtime.timer(delay as number, run as () => void, hold as boolean)],
    ['systemRuntime.random', (args) => runtime.random(...(args as [string, number?, number?]))],
    ['systemRuntime.id', () => uuid(byte)],
  ])
}

function hrtime(now: number, since: [number, number] | undefined): [number, number] {
  const [s, ns] = since ?? [0, 0]
  const elapsed = Math.round(now * NS_PER_MS) - (s * MS_PER_S * NS_PER_MS + ns)
  const seconds = Math.floor(elapsed / (MS_PER_S * NS_PER_MS))
  return [seconds, elapsed - seconds * MS_PER_S * NS_PER_MS]
}

function abortAfter(runtime: VirtualClock, delay: unknown): AbortSignal {
  const controller = new AbortController()
  const abort = (): void =>
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
  runtime.timer(Number(delay), abort, false)
  return controller.signal
}

function fill<View extends ArrayBufferView>(view: View, byte: () => number): View {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  for (let i = 0; i < bytes.length; i++) bytes[i] = byte()
  return view
}

/** Of version 4, as the platform makes them. */
function uuid(byte: () => number): string {
  const bytes = fill(Buffer.alloc(16), byte)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
