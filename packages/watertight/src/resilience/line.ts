import type { Emitter } from '../runtime/emitter.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import type { Guard, Inner, Strategy } from './policy.ts'
import type { Roster } from './roster.ts'

/**
 * One policy of a compiled pipeline: a guard or a strategy. Its methods stand here once more: all stages have one shape, whatever
 * policies there are in a process, so that finding them is quick.
 */
export interface Stage {
  readonly policy: string
  readonly guard: Guard | undefined
  readonly strategy: Strategy | undefined
  readonly inner: Inner
  readonly admit: Guard['admit'] | undefined
  readonly settle: Guard['settle'] | undefined
  readonly end: Guard['end'] | undefined
  readonly enter: Strategy['enter'] | undefined
  readonly leave: Strategy['leave'] | undefined
}

const BETWEEN_STEPS = Infinity
const NOT_LOOKED_AT = Number.NaN

/** A compiled pipeline: what every flight through it shares. */
export class Line {
  readonly name: string
  readonly runtime: Runtime
  readonly events: Emitter<PipelineEvents>
  readonly stages: readonly Stage[]
  /** Whether a call can be ended early, also by others than its caller. */
  readonly interrupts: boolean
  /** The calls that are under way, here and on other lines of the pipeline. */
  readonly roster: Roster
  /** For each stage the next one further out that has something to do after a success; -1: none. */
  aboveOnSuccess: readonly number[] = []
  /** The outermost stage's guard, if it can be shut. */
  readonly gate: Guard | undefined
  /** Whether a policy asks when a call began. */
  timed = false
  /** Whether a guard wants to know when the function is called. */
  watched = false
  /** Work that was abandoned and still goes on. */
  abandoned = 0
  /** Work that no call waits for any more, or not one alone: abandoned, held, or detached. */
  background = 0
  /** Since when somebody listens. */
  listenedSince: number
  /** The present, once it was looked at in the running step of a call. */
  #now = BETWEEN_STEPS

  constructor(
    name: string,
    runtime: Runtime,
    events: Emitter<PipelineEvents>,
    stages: readonly Stage[],
    interrupts: boolean,
    roster: Roster,
  ) {
    this.name = name
    this.runtime = runtime
    this.events = events
    this.stages = stages
    this.interrupts = interrupts
    this.roster = roster
    this.gate = stages[0]?.guard?.turnAway === undefined ? undefined : stages[0].guard
    this.listenedSince = runtime.now()
    this.compile()
  }

  /** The present, by `runtime.now()`. The clock is read once at most in each step of a call: most of what a call costs is reading it. */
  get now(): number {
    const known = this.#now
    if (known < BETWEEN_STEPS) return known
    const now = this.runtime.now()
    if (known !== BETWEEN_STEPS) this.#now = now
    return now
  }

  /** A call takes up its way, here or after something that takes time. */
  stepBegins(): void {
    this.#now = NOT_LOOKED_AT
  }

  /** A call begins; the instant, if anybody wants to know. */
  begins(): number | undefined {
    if (!this.timed && this.events.listenerCount === 0) {
      this.#now = NOT_LOOKED_AT
      return undefined
    }
    const now = this.runtime.now()
    this.#now = now
    return now
  }

  /** It waits, or is answered. */
  stepEnds(): void {
    this.#now = BETWEEN_STEPS
  }

  /** Looks again at what the policies' options say about every call. */
  compile(): void {
    const above: number[] = [-1]
    this.stages.forEach(({ strategy }, at) => {
      const passes = strategy !== undefined && strategy.leavesSuccess === false
      above.push(passes ? (above[at] ?? -1) : at)
    })
    this.aboveOnSuccess = above
    this.timed = this.stages.some(({ guard, strategy }) => (guard ?? strategy)?.timed === true)
    this.watched = this.stages.some(({ guard }) => guard?.watches === true)
  }
}
