import nodeCrypto from 'node:crypto'
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import { systemRuntime } from '../../runtime/system-runtime.ts'

/** A function through which code reaches the real clock, timers, chance or network. */
export interface Door {
  /** How people write it: `'Date.now'`. Also what a virtual stand-in is found by. */
  readonly name: string
  /** The object that holds it, and the property it is there. */
  readonly holder: object
  readonly property: string
  /** What to use in a simulation. */
  readonly instead: string
  /** It tells simulated code nothing, and may do its work: it is there for what stands in for it, or for what it calls. */
  readonly harmless?: true
}

const NOW = 'now() of the runtime you were given'
const WALL_TIME = 'wallTime() of the runtime you were given'
const TIMER = 'timer() of the runtime you were given'
const TURN = 'turn() of the runtime you were given'
const RANDOM = 'random() of the runtime you were given'
const ID = 'id() of the runtime you were given'
const MODEL = 'a model of the other side'
const ON_WORLD = 'the world: hand it over as the runtime, as in pipeline.on(world) or { runtime: world }'

/** Prototype methods are replaced where they are, so that no object has to grow a property of its own. */
function ownerOf(holder: object, property: string): object {
  let owner: object | null = holder
  while (owner !== null && !Object.hasOwn(owner, property)) owner = Object.getPrototypeOf(owner) as object | null
  return owner ?? holder
}

function doors(
  holder: object,
  prefix: string,
  instead: Readonly<Record<string, string>>,
  more?: { readonly harmless: true },
): Door[] {
  const there = Object.entries(instead).filter(([property]) => property in holder)
  return there.map(([property, how]) => ({
    name: `${prefix}${property}`,
    holder: ownerOf(holder, property),
    property,
    instead: how,
    ...more,
  }))
}

/** `Temporal.Now`, in the versions of Node that have it. */
function temporalNow(): object {
  const temporal: unknown = Reflect.get(globalThis, 'Temporal')
  return temporal === undefined ? {} : (Reflect.get(temporal as object, 'Now') as object)
}

const TIMERS = { setTimeout: TIMER, setInterval: TIMER, setImmediate: TURN }
const TEMPORAL = {
  instant: WALL_TIME,
  plainDateISO: WALL_TIME,
  plainDateTimeISO: WALL_TIME,
  plainTimeISO: WALL_TIME,
  zonedDateTimeISO: WALL_TIME,
}
const CLEARING = { clearTimeout: TIMER, clearInterval: TIMER, clearImmediate: TURN }

/**
 * Every such function of Node: those that are global, and those that modules of Node export. `queueMicrotask` and
 * `process.nextTick` are none: what they run keeps its order.
 */
export const DOORS: readonly Door[] = [
  { name: 'Date', holder: globalThis, property: 'Date', instead: WALL_TIME },
  ...doors(Date, 'Date.', { now: WALL_TIME }),
  ...doors(temporalNow(), 'Temporal.Now.', TEMPORAL),
  ...doors(performance, 'performance.', { now: NOW }),
  ...doors(globalThis, '', TIMERS),
  ...doors(globalThis, '', CLEARING, { harmless: true }),
  ...doors(timers, '', TIMERS),
  ...doors(timers, '', CLEARING, { harmless: true }),
  ...doors(timersPromises, 'timers/promises.', TIMERS),
  ...doors(timersPromises.scheduler, 'scheduler.', { wait: TIMER, yield: TURN }),
  ...doors(Math, 'Math.', { random: RANDOM }),
  ...doors(process, 'process.', { hrtime: NOW, uptime: NOW }),
  ...doors(process.hrtime, 'process.hrtime.', { bigint: NOW }),
  ...doors(AbortSignal, 'AbortSignal.', { timeout: `${TIMER}, or the policy timeout()` }),
  ...doors(crypto, 'crypto.', { randomUUID: ID, getRandomValues: RANDOM }),
  ...doors(nodeCrypto, 'crypto.', { randomUUID: ID, randomBytes: RANDOM, randomInt: RANDOM }),
  ...doors(nodeCrypto, 'crypto.', { randomFill: RANDOM, randomFillSync: RANDOM }),
  ...doors(globalThis, '', { fetch: MODEL }),
  ...doors(systemRuntime, 'systemRuntime.', {
    now: ON_WORLD,
    wallTime: ON_WORLD,
    timer: ON_WORLD,
    random: ON_WORLD,
    id: ON_WORLD,
  }),
  // The library's own housekeeping for the platform's abort signals.
  ...doors(systemRuntime, 'systemRuntime.', { turn: ON_WORLD }, { harmless: true }),
]
