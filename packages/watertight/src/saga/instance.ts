import { isRejection } from '../event-store/rejection.ts'
import type { Fence } from '../store/commit.ts'
import type { Backoff } from './backoff.ts'
import { delayAfter } from './backoff.ts'
import { causedBy, messageOf, rejectedBy } from './cause.ts'
import { confirmationOf } from './confirmation.ts'
import type { SagaDefinition } from './definition.ts'
import { readInstance } from './instance-commit.ts'
import type { InstanceHost } from './instance-host.ts'
import { InstanceJournal } from './instance-journal.ts'
import { asStored } from './json-value.ts'
import type { CallOutcome } from './participant-call.ts'
import { ParticipantCall } from './participant-call.ts'
import { Pause } from './pause.ts'
import type { PartsMaker } from './recorded-parts.ts'
import type { Effect, SagaCause, SagaEvent } from './saga-event.ts'
import type { SagaState } from './state.ts'
import type { StepPlan } from './step.ts'
import { keyOf, stepContext, undoContext } from './step-context.ts'
import { nextAction, skipped, succeeded, turnedBack, undone } from './transition.ts'
import type { InstanceId } from './unfinished-index.ts'

/** A participant may ask for more patience than this, but does not get it: nobody else would wake the instance. */
const LONGEST_PATIENCE_MS = 3_600_000

type Failure = Extract<CallOutcome, { readonly error: unknown }>

/** Where an instance begins in this process. */
export interface InstanceStart {
  readonly id: InstanceId
  readonly fence: Fence
  readonly state: SagaState
  /** Its first step was certainly not run yet. */
  readonly isFresh: boolean
}

/** One running instance: does what its state says is next until it has ended, is parked, sleeps or has to stop. */
export class Instance {
  readonly id: InstanceId
  readonly #host: InstanceHost
  readonly #definition: SagaDefinition
  readonly #journal: InstanceJournal
  readonly #pause: Pause
  #attempts: number
  /** Whether the step may have been run without its result being known. */
  #unsure: boolean
  #wasRefused = false
  #stale = false
  #stopped = false
  #asleep = false
  #ended = false
  #call: ParticipantCall | undefined

  constructor(host: InstanceHost, definition: SagaDefinition, { id, fence, state, isFresh }: InstanceStart) {
    this.#host = host
    this.#definition = definition
    this.id = id
    this.#journal = new InstanceJournal(host, definition, id, fence, state)
    this.#pause = new Pause(host.runtime)
    this.#attempts = state.sleptAfter ?? 0
    this.#unsure = !isFresh
  }

  get state(): SagaState {
    return this.#journal.state
  }

  /** Abandons what is under way, and writes nothing more. */
  stop(): void {
    this.#stopped = true
    this.#journal.stop()
    this.#call?.abandon()
    this.#pause.wake()
  }

  /** Ends a wait early, so that the instance looks again whether it should go on. */
  nudge(): void {
    this.#pause.wake()
  }

  /**
   * Looks whether somebody else wrote to the stream. A call that is under way is hurried when the saga was cancelled.
   * False when this instance goes on no more, and somebody else has to look.
   */
  async refresh(): Promise<boolean> {
    const { version } = this.state
    const { events } = await readInstance(this.#host.store, this.id, version)
    if (this.#ended) return false
    if (this.state.version >= version + events.length) return true
    this.#stale = true
    const isCancelled = events.some(({ type }) => type === 'compensating')
    if (isCancelled && this.state.status === 'running') this.#call?.hurry('The saga was cancelled.')
    this.#pause.wake()
    return true
  }

  /** Goes on until there is nothing to do; rejects with the store's errors. */
  async drive(): Promise<void> {
    try {
      await this.#goOn()
    } finally {
      this.#ended = true
    }
  }

  async #goOn(): Promise<void> {
    while (!this.#asleep && !this.#host.draining && this.#isOpen) {
      if (this.#stale) {
        this.#stale = false
        if (await this.#journal.reload()) this.#begin()
      }
      const action = nextAction(this.#definition, this.state)
      if (action === undefined) return
      await (action.kind === 'run' ? this.#run(action.step) : this.#undo(action.step))
    }
  }

  get #isOpen(): boolean {
    return !this.#stopped && this.#journal.isOpen
  }

  async #run(step: StepPlan): Promise<void> {
    if (!(await this.#enter(step))) return
    const wasUnsure = this.#unsure
    const outcome = this.#left(step, await this.#attempt(step))
    if (outcome.kind === 'answered') {
      const { value } = outcome
      if (!isRejection(value)) return await this.#succeed(step, value)
      return await this.#fail(step, rejectedBy(step.name, value), wasUnsure || this.#unsure ? 'unknown' : 'none')
    }
    // What a cancelled call says of itself is not a failure of the step.
    if (this.#stopped || this.#stale || outcome.kind === 'refused' || outcome.kind === 'stopped') return
    if (outcome.kind === 'defect' && !step.optional) {
      return await this.#park(causedBy('defect', step.name, outcome.error))
    }
    if (outcome.kind === 'defect') this.#host.runtime.report(outcome.error)
    else if ((step.afterPivot && !step.optional) || this.#attempts < step.retry.attempts) {
      return await this.#retryLater(step, step.retry, outcome)
    }
    await this.#fail(step, causedBy('failed', step.name, outcome.error), 'unknown')
  }

  /** Asks first, where the outcome of an earlier attempt is unknown and the step can ask. */
  async #attempt(step: StepPlan): Promise<CallOutcome> {
    const { actions } = step
    const attempt = ++this.#attempts
    const given = stepContext(this.id, this.state, step, attempt)
    if (this.#unsure && actions.confirm) {
      const asked = await this.#callOut(step, 'confirm', (signal) => actions.confirm?.({ ...given, signal })).outcome
      if (asked.kind !== 'answered') return asked
      const answer = confirmationOf(step.name, asked.value)
      if (answer.kind !== 'notHappened') return answer
      this.#unsure = false
      if (this.#stale || !this.#isOpen) return { kind: 'stopped' }
    }
    const wasUnsure = this.#unsure
    this.#host.events.emit('saga.stepStarted', { ...this.id, step: step.name, attempt })
    const call = this.#callOut(step, 'run', (signal) => actions.run({ ...given, signal }))
    const outcome = await call.outcome
    this.#unsure = outcome.kind === 'refused' ? wasUnsure : outcome.kind !== 'answered' || call.timesOut > 1
    return outcome
  }

  async #undo(step: StepPlan): Promise<void> {
    if (!(await this.#enter(step))) return
    const given = undoContext(this.id, this.state, step, ++this.#attempts)
    const undo = this.#callOut(step, 'undo', (signal) => step.actions.undo?.({ ...given, signal }))
    const outcome = this.#left(step, await undo.outcome)
    if (outcome.kind === 'answered') {
      if (!isRejection(outcome.value)) return await this.#write(step, undone(this.#definition, this.state, step))
      return await this.#park({ ...rejectedBy(step.name, outcome.value), kind: 'undoFailed' })
    }
    if (this.#stopped || this.#stale || outcome.kind === 'refused' || outcome.kind === 'stopped') return
    if (this.#attempts < step.undoRetry.attempts) return await this.#retryLater(step, step.undoRetry, outcome)
    await this.#park(causedBy('undoFailed', step.name, outcome.error))
  }

  async #succeed(step: StepPlan, value: unknown): Promise<void> {
    const { actions } = step
    const { input, results } = this.state
    let result: unknown
    try {
      result = asStored(value)
    } catch (error) {
      return await this.#park(causedBy('defect', step.name, error))
    }
    const context = { input, results, result, key: keyOf(this.id, step), sagaId: this.id.id }
    await this.#write(
      step,
      succeeded(this.#definition, step, result),
      actions.record && (() => actions.record?.(context)),
    )
  }

  async #fail(step: StepPlan, cause: SagaCause, effect: Effect): Promise<void> {
    if (step.optional) return await this.#write(step, skipped(this.#definition, step, cause.message, effect))
    if (step.afterPivot) return await this.#park(cause)
    await this.#write(step, turnedBack(this.#definition, this.state, cause, effect))
  }

  async #write(step: StepPlan, events: readonly SagaEvent[], parts?: PartsMaker): Promise<void> {
    const written = await this.#journal.write(step.name, events, parts)
    if (written === 'stopped') this.stop()
    else this.#begin(written === 'written' && events.at(-1)?.type === 'intended')
  }

  async #park(cause: SagaCause): Promise<void> {
    if ((await this.#journal.park(cause)) === 'stopped') this.stop()
    else this.#begin()
  }

  /** Something new is to be done; `isFresh`: it was certainly not tried yet. */
  #begin(isFresh = false): void {
    this.#attempts = 0
    this.#unsure = !isFresh
  }

  async #retryLater(step: StepPlan, backoff: Backoff, failure: Failure): Promise<void> {
    const { runtime, durableWaitMs, events } = this.#host
    const attempt = this.#attempts
    const retryAfterMs = failure.kind === 'transient' ? (failure.retryAfterMs ?? 0) : 0
    const inMs = Math.max(
      Math.min(retryAfterMs, LONGEST_PATIENCE_MS),
      delayAfter(backoff, attempt, runtime.random('saga.retry')),
    )
    const message = messageOf(failure.error)
    events.emit('saga.retrying', { ...this.id, step: step.name, attempt, inMs, message })
    if (inMs < durableWaitMs) return await this.#pause.sleep(inMs)
    await this.#write(step, [{ type: 'waiting', data: { step: step.name, attempt, inMs, message } }])
    this.#asleep = this.state.sleptAfter !== undefined
  }

  /** Goes through the step's gate; false when the instance should look again whether it may go on. */
  async #enter(step: StepPlan): Promise<boolean> {
    const gate = this.#host.gate(step)
    if (!gate.tryEnter()) {
      const ticket = gate.queue(this.#wasRefused)
      if (!(await this.#pause.until(ticket.entered, () => ticket.withdraw()))) return false
    }
    if (!this.#stale && !this.#host.draining && this.#isOpen) return true
    gate.leave(false)
    return false
  }

  #left(step: StepPlan, outcome: CallOutcome): CallOutcome {
    const gate = this.#host.gate(step)
    this.#call = undefined
    this.#wasRefused = outcome.kind === 'refused'
    if (outcome.kind === 'refused') {
      this.#attempts--
      this.#host.events.emit('saga.refused', { ...this.id, step: step.name, code: outcome.code })
      gate.refused(outcome.retryAfterMs)
    } else {
      gate.leave(outcome.kind !== 'stopped')
    }
    return outcome
  }

  #callOut(
    step: StepPlan,
    action: 'run' | 'undo' | 'confirm',
    call: (signal: AbortSignal) => unknown,
  ): ParticipantCall {
    const { runtime } = this.#host
    const { timeoutMs, actions } = step
    const name = `${this.id.saga}.${step.name}.${action}`
    const transient = actions.transient && ((error: unknown) => actions.transient?.(error) === true)
    const via = this.#host.live(step)
    const isAllowed = (): boolean => this.#isOpen
    this.#call = new ParticipantCall({ runtime, name, via, timeoutMs, transient, isAllowed }, call)
    return this.#call
  }
}
