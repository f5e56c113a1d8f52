import type { Commit, Committed } from '../../../store/commit.ts'

const STEPS: readonly string[] = ['reserve', 'charge', 'tell', 'ship']
const PIVOT = 2

interface Instance {
  readonly intended: Set<string>
  readonly settled: Set<string>
  /** What was undone last; Infinity before the first undo. */
  lowestUndone: number
  ranPastPivot: boolean
}

/** What was recorded of each saga, and what its participants were told: whether the one allowed the other. */
export class SagaRecord {
  readonly #instances = new Map<string, Instance>()
  #broken: string | undefined

  /** The first thing that was not in order; nothing when everything was. */
  get broken(): string | undefined {
    return this.#broken
  }

  /** A commit of the sagas' database. */
  committed({ appends = [] }: Commit, committed: Committed): void {
    if (!committed.ok || committed.repeated) return
    for (const { stream, events } of appends) {
      const instance = this.#of(stream.id)
      for (const { type, data } of events) {
        const { step } = data as { readonly step?: string }
        if (step === undefined) continue
        if (type === 'saga.intended') instance.intended.add(step)
        if (type === 'saga.done' || type === 'saga.skipped') instance.settled.add(step)
      }
    }
  }

  /** A participant is about to be told something. */
  told(id: string, step: string, action: 'run' | 'undo'): void {
    const instance = this.#of(id)
    const index = STEPS.indexOf(step)
    const check = (holds: boolean, otherwise: string): void => {
      if (!holds) this.#broken ??= `${id}: ${otherwise}`
    }
    if (!instance.intended.has(step)) check(false, `${step} is ${action} without a record that it was meant to be`)
    if (action === 'run') {
      check(instance.lowestUndone === Infinity, `${step} is run after something was undone`)
      check(
        STEPS.slice(0, index).every((before) => instance.settled.has(before)),
        `${step} is run before the steps before it are done`,
      )
      if (index > PIVOT) instance.ranPastPivot = true
      return
    }
    check(!instance.ranPastPivot, `${step} is undone behind the pivot`)
    check(index <= instance.lowestUndone, `${step} is undone before the steps behind it`)
    instance.lowestUndone = Math.min(instance.lowestUndone, index)
  }

  #of(id: string): Instance {
    const known = this.#instances.get(id)
    if (known) return known
    const made = {
      intended: new Set<string>(),
      settled: new Set<string>(),
      lowestUndone: Infinity,
      ranPastPivot: false,
    }
    this.#instances.set(id, made)
    return made
  }
}
