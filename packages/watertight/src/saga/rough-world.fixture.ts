import { reject } from '../event-store/rejection.ts'
import { WatertightError } from '../runtime/error.ts'
import type { Store } from '../store/store.ts'
import { saga } from './definition.ts'
import type { SagaDefinition } from './definition.ts'
import type { Input } from './saga-input.ts'

/** What a participant does when it is called; the default is to do as it is told. */
export type Mood = 'ok' | 'no' | 'bug' | 'fails' | 'answerLost' | 'hangs' | 'hangsAfter'

interface Told {
  readonly saga: string
  readonly step: string
  readonly action: 'run' | 'undo'
}

/** A worker process: dead, it does nothing more, and what it was doing stays undone or unanswered. */
export interface Worker {
  readonly store: Store
  readonly sagas: readonly [SagaDefinition<string>]
  readonly isDead: boolean
  kill(): void
}

const STEPS = ['reserve', 'charge', 'mail', 'ship', 'close'] as const

/**
 * Participants with moods, and workers that die at chosen moments. `charge` does not know its keys: it does what it is
 * told, each time, but can be asked. The others do each key once, and an undo closes the key.
 */
export class RoughWorld {
  /** Everything that was asked of participants, in order. */
  readonly told: Told[] = []
  /** How often each key took effect. */
  readonly effects = new Map<string, number>()
  readonly closed = new Set<string>()
  readonly #store: Store
  readonly #moods: Mood[]
  readonly #deaths: Set<number>
  #moments = 0

  constructor(store: Store, moods: readonly Mood[], deaths: readonly number[]) {
    this.#store = store
    this.#moods = moods.toReversed()
    this.#deaths = new Set(deaths)
  }

  worker(): Worker {
    let isDead = false
    const kill = (): void => {
      isDead = true
    }
    const moment = async (): Promise<void> => {
      if (this.#deaths.has(this.#moments++)) isDead = true
      if (isDead) await new Promise(() => {})
    }
    return {
      store: mortal(this.#store, moment),
      sagas: [this.#definition(moment)],
      kill,
      get isDead() {
        return isDead
      },
    }
  }

  #definition(moment: () => Promise<void>): SagaDefinition<string> {
    const run = (step: string) => ({
      run: async ({ key, sagaId }: { readonly key: string; readonly sagaId: string }) => {
        this.told.push({ saga: sagaId, step, action: 'run' })
        await moment()
        const answer = await this.#run(key, this.#moods.pop() ?? 'ok', step === 'charge')
        await moment()
        return answer
      },
    })
    const undo = (step: string) => ({
      undo: async ({ key, sagaId }: { readonly key: string; readonly sagaId: string }) => {
        this.told.push({ saga: sagaId, step, action: 'undo' })
        await moment()
        await this.#undo(key, this.#moods.pop() ?? 'ok')
        await moment()
      },
    })
    const timeout = '1s'
    const retry = { attempts: 2 }
    return saga('rough', { version: 1 }, (s: Input<string>) =>
      s
        .step('reserve', { ...run('reserve'), ...undo('reserve'), timeout, retry })
        .step('charge', {
          ...run('charge'),
          ...undo('charge'),
          timeout,
          retry,
          confirm: async ({ key }) => {
            await moment()
            await this.#look(this.#moods.pop() ?? 'ok')
            return this.effects.has(key) ? { happened: true, result: key } : { happened: false }
          },
        })
        .step('mail', { ...run('mail'), optional: true, timeout })
        .pivot()
        .step('ship', { ...run('ship'), timeout })
        .step('close', { ...run('close'), timeout }),
    )
  }

  async #run(key: string, mood: Mood, isForgetful: boolean): Promise<unknown> {
    if (mood === 'no') return this.effects.has(key) && !isForgetful ? key : reject('NO')
    if (mood === 'bug') throw new TypeError('bug')
    if (mood === 'fails') throw new WatertightError('DOWN', 'down', { retryable: true })
    if (mood === 'hangs') return await new Promise(() => {})
    if (this.closed.has(key)) return reject('CLOSED')
    if (isForgetful || !this.effects.has(key)) this.effects.set(key, (this.effects.get(key) ?? 0) + 1)
    if (mood === 'hangsAfter') return await new Promise(() => {})
    if (mood === 'answerLost') throw new WatertightError('DOWN', 'answer lost', { retryable: true })
    return key
  }

  async #look(mood: Mood): Promise<void> {
    if (mood === 'fails' || mood === 'answerLost') throw new WatertightError('DOWN', 'down', { retryable: true })
    if (mood === 'hangs' || mood === 'hangsAfter') await new Promise(() => {})
  }

  async #undo(key: string, mood: Mood): Promise<void> {
    if (mood === 'fails' || mood === 'bug') throw new WatertightError('DOWN', 'down', { retryable: true })
    if (mood === 'hangs') await new Promise(() => {})
    this.closed.add(key)
    if (mood === 'hangsAfter') await new Promise(() => {})
    if (mood === 'answerLost') throw new Error('answer lost')
  }
}

/** Why what happened to one instance breaks a promise; nothing when it does not. */
export function brokenPromises(world: RoughWorld, id: string, status: string): readonly string[] {
  const told = world.told.filter(({ saga: of }) => of === id)
  const broken: string[] = []
  const check = (holds: boolean, promise: string): void => {
    if (!holds) broken.push(`${id} (${status}): ${promise}`)
  }
  const isIn = (step: string): boolean => (world.effects.get(`${id}/${step}`) ?? 0) > 0
  const isClosed = (step: string): boolean => world.closed.has(`${id}/${step}`)
  for (const step of STEPS) check((world.effects.get(`${id}/${step}`) ?? 0) <= 1, `${step} took effect more than once`)
  const firstUndo = told.findIndex(({ action }) => action === 'undo')
  const afterUndo = firstUndo === -1 ? [] : told.slice(firstUndo)
  check(
    afterUndo.every(({ action }) => action === 'undo'),
    'something was run after an undo',
  )
  const undone = afterUndo.map(({ step }) => STEPS.indexOf(step as (typeof STEPS)[number]))
  check(
    undone.every((n, i) => i === 0 || n <= (undone[i - 1] ?? n)),
    'the undo was not in reverse order',
  )
  const wentPast = told.some(({ step }) => step === 'ship' || step === 'close')
  check(!(wentPast && firstUndo !== -1), 'something was undone after the pivot')
  const firsts = told
    .filter(({ action }) => action === 'run')
    .map(({ step }) => STEPS.indexOf(step as (typeof STEPS)[number]))
  check(
    firsts.every((n, i) => i === 0 || n >= (firsts[i - 1] ?? n)),
    'a step was run out of order',
  )
  if (status === 'completed') {
    for (const step of ['reserve', 'charge', 'ship', 'close'])
      check(isIn(step) && !isClosed(step), `${step} is not done`)
  }
  if (status === 'compensated') {
    for (const step of ['reserve', 'charge']) check(!isIn(step) || isClosed(step), `${step} is not undone`)
  }
  return broken
}

function mortal(store: Store, moment: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        await moment()
        const answer: unknown = await value.apply(target, args)
        await moment()
        return answer
      }
    },
  })
}
