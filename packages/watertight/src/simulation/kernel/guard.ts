import { syncBuiltinESMExports } from 'node:module'
import { WatertightError } from '../../runtime/error.ts'
import { DOORS, type Door } from './real-world.ts'
import { virtualGlobals, type StandIn, type VirtualClock } from './virtual-globals.ts'

/**
 * What becomes of the platform's clock, timers and chance while simulated code runs. `'throw'`: they throw
 * `REAL_WORLD_IN_SIMULATION`. `'virtual'`: they are the world's, for code of others that cannot be given a runtime. `'off'`:
 * they stay what they are.
 */
export type GuardMode = 'throw' | 'virtual' | 'off'

/** How the doors to the real world are kept during one run. */
export interface Guard {
  /** Simulated code runs from here on … */
  close(): void
  /** … to here. Again, or without a `close` before: nothing. */
  open(): void
  /** The run is over. */
  end(): void
}

/** A function in place of another, and where it goes. */
interface Replacement {
  readonly holder: Record<string, unknown>
  readonly property: string
  readonly replacement: unknown
}

/** What a closed door does instead: for the run whose simulated code runs now. */
type Stand = (door: Door) => StandIn

let inside: Stand | undefined
let guarded = 0
let replacements: readonly Replacement[] | undefined
let originals: unknown[] = []

/** Whether simulated code is running under a guard, be it of this world or another. */
export function insideSimulation(): boolean {
  return inside !== undefined
}

/**
 * Guards a run. The functions are replaced only while simulated code runs; a callback of real I/O that comes in between finds
 * the real ones. What modules have imported from Node by name is bound once for each run, to functions that look whether
 * simulated code runs.
 *
 * @param rejected is told of a promise of simulated code that rejects and that nobody handles: in production it would end the
 * process
 */
export function guard(mode: GuardMode, world: VirtualClock, rejected: (error: unknown) => void): Guard {
  if (mode === 'off') return { close: () => {}, open: () => {}, end: () => {} }
  const standIns = mode === 'virtual' ? virtualGlobals(world) : new Map<string, StandIn>()
  const stand: Stand = (door) => standIns.get(door.name) ?? (door.harmless === true ? outside : forbidden(door, mode))
  let closed = false
  const open = (): void => {
    if (!closed) return
    closed = false
    inside = undefined
    putBack()
    process.removeListener('unhandledRejection', onRejection)
  }
  const onRejection = (error: unknown): void => {
    // Before those who listen as well, such as a test runner, use what is guarded here.
    open()
    rejected(error)
  }
  bindImports(1)
  return {
    open,
    close: () => {
      closed = true
      inside = stand
      putInPlace()
      process.prependListener('unhandledRejection', onRejection)
    },
    end: () => {
      open()
      bindImports(-1)
    },
  }
}

/** The named imports of Node's modules follow their objects only when told to. */
function bindImports(runs: 1 | -1): void {
  const before = guarded
  guarded += runs
  if (before !== 0 && guarded !== 0) return
  if (guarded !== 0) putInPlace()
  syncBuiltinESMExports()
  if (guarded !== 0) putBack()
}

function putInPlace(): void {
  replacements ??= DOORS.map((door) => ({
    holder: door.holder as Record<string, unknown>,
    property: door.property,
    replacement: replace(door),
  }))
  originals = replacements.map(({ holder, property, replacement }) => {
    const original = holder[property]
    holder[property] = replacement
    return original
  })
}

function putBack(): void {
  for (const [index, { holder, property }] of (replacements ?? []).entries()) holder[property] = originals[index]
}

/** A proxy, so that everything else about the function stays as it is: its name, its prototype, `instanceof`. */
function replace(door: Door): unknown {
  const real = (door.holder as Record<string, unknown>)[door.property] as (...args: unknown[]) => unknown
  const making: Door = { ...door, name: `new ${door.name}` }
  return new Proxy(real, {
    apply: (target, self, args: unknown[]) => {
      const go = (): unknown => Reflect.apply(target, self, args)
      return inside === undefined ? go() : inside(door)(args, go)
    },
    construct: (target, args: unknown[], made) => {
      // A date of a known instant asks no clock.
      const known = inside === undefined || args.length > 0
      return Reflect.construct(target, known ? args : [inside?.(making)([], () => undefined)], made) as object
    },
  })
}

/** Lets the real function work, with all that it calls. */
function outside(_: readonly unknown[], go: () => unknown): unknown {
  const stand = inside
  inside = undefined
  try {
    return go()
  } finally {
    inside = stand
  }
}

function forbidden({ name, instead }: Door, mode: GuardMode): StandIn {
  const hint = mode === 'throw' ? `. Code of others that cannot: run it with guard: 'virtual'` : ''
  return () => {
    throw new WatertightError(
      'REAL_WORLD_IN_SIMULATION',
      `${name}() was called inside a simulation, where the real world has no place: use ${instead}${hint}`,
    )
  }
}
