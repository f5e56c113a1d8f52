/**
 * Many calls through one pipeline in one process, with random results, aborts and time limits; then looks whether anything was
 * left behind. Prints one JSON document, and must end by itself.
 *
 * usage: node --expose-gc --conditions=watertight-source packages/watertight/src/resilience/soak.fixture.ts [CALLS]
 */
import { keyedRandom } from '../runtime/random.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import { bulkhead } from './bulkhead/bulkhead.ts'
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts'
import { fallback } from './fallback/fallback.ts'
import { pipeline } from './pipeline.ts'
import { fixed } from './retry/backoff.ts'
import { retry } from './retry/retry.ts'
import type { Scope } from './scope.ts'
import { timeout } from './timeout/timeout.ts'

const CALLS = Number(process.argv[2] ?? 10_000_000)
const AT_ONCE = 500
/** How often the heap is looked at. */
const SAMPLES = 10
/** All that is deaf has ended by then. */
const REST_MS = 300
const BYTES_PER_MB = 2 ** 20

interface Listening {
  native: number
}

const draws = keyedRandom('soak')
const draw = (): number => draws('work')

let timers = 0
/** The system's, with its timers counted: one is left when it neither fired nor was cancelled. */
const runtime: Runtime = {
  ...systemRuntime,
  timer(delayMs, fire, hold) {
    let armed = true
    const disarm = (): void => {
      if (armed) timers--
      armed = false
    }
    timers++
    const timer = systemRuntime.timer(
      delayMs,
      () => {
        disarm()
        fire()
      },
      hold,
    )
    return {
      cancel() {
        disarm()
        timer.cancel()
      },
    }
  },
}

const soaked = pipeline(
  'soaked',
  fallback(() => 'stand-in', { handle: () => draw() < 0.5 }),
  timeout('200ms'),
  retry({ attempts: 3, backoff: fixed(1), budget: { ratio: 0.2, minPerSecond: 100 } }),
  circuitBreaker({
    failureRate: 0.9,
    window: '1s',
    minimumCalls: 50,
    openFor: '10ms',
    slowCallRate: 0.9,
    slowCall: '50ms',
  }),
  bulkhead({ concurrent: 400, queue: 200, maxWait: '20ms' }),
  timeout({ after: '20ms', abandonedHold: '50ms' }),
).on(runtime)

const outcomes: Record<string, number> = {}
const counted: Listening = { native: 0 }
const shutdown = countListeners(new AbortController(), counted)
const heaps: number[] = []
let started = 0

/** Succeeds, throws, rejects, hangs until it is told to stop, is deaf to that, or holds on after its result. */
function work(scope: Scope): unknown {
  const way = draw()
  if (way < 0.6) return Promise.resolve(1)
  if (way < 0.75) return 1
  if (way < 0.85) return Promise.reject(new Error('rejected'))
  if (way < 0.9) throw Object.assign(new Error('busy'), { status: 503 })
  if (way < 0.95) {
    const release = scope.hold()
    systemRuntime.turn(release)
    return Promise.resolve(2)
  }
  return new Promise((resolve, reject) => {
    if (way < 0.99) runtime.timer(draw() * 3, () => resolve(3), false)
    else if (way < 0.995) runtime.timer(100, () => resolve(3), false)
    if (way < 0.98 || way > 0.995) scope.cancel.onCancel(() => reject(new Error('stopped')))
  })
}

async function one(): Promise<void> {
  const way = draw()
  const own = way < 0.1 ? new AbortController() : undefined
  if (own !== undefined) systemRuntime.turn(() => own.abort())
  const deadline = way > 0.95 ? systemRuntime.now() + draw() * 10 : undefined
  const signal = own?.signal ?? (way < 0.5 ? shutdown.signal : undefined)
  const { kind } = await soaked.outcome(work, { signal, deadline })
  outcomes[kind] = (outcomes[kind] ?? 0) + 1
}

/** One of those who call, one call after the other. */
async function caller(): Promise<void> {
  while (started < CALLS) {
    started++
    if (started % Math.ceil(CALLS / SAMPLES) === 0) heaps.push(heapMb())
    await one()
  }
}

function heapMb(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / BYTES_PER_MB
}

function countListeners(controller: AbortController, listening: Listening): AbortController {
  const { signal } = controller
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listening.native++
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listening.native--
    remove(...args)
  }
  return controller
}

const before = systemRuntime.now()
await Promise.all(Array.from({ length: AT_ONCE }, caller))
const seconds = (systemRuntime.now() - before) / 1_000
const left = await soaked.close({ within: '5s' })
await new Promise<void>((resolve) => systemRuntime.timer(REST_MS, resolve, true))
soaked.check()
const { inFlight, abandoned, queued, policies } = soaked.state()
const { active } = policies['bulkhead'] as { readonly active: number }
process.stdout.write(
  `${JSON.stringify({
    calls: CALLS,
    seconds: Math.round(seconds),
    outcomes,
    heapMb: [...heaps, heapMb()].map((mb) => Number(mb.toFixed(1))),
    left: {
      calls: left + inFlight,
      abandoned,
      queued,
      permits: active,
      background: !soaked.idle,
      listeners: counted.native,
      timers,
    },
  })}\n`,
)
// Nothing ends the process from here on: it ends because nothing is left.
