import { keyedRandom, type KeyedRandom } from '../../runtime/random.ts'
import type { FaultKind, FaultRates } from './fault-kind.ts'
import type { FaultPlan } from './fault-plan.ts'
import { faultKey, operationKey } from './fault-plan.ts'

/** How much oftener than usual a kind of fault happens with one seed: never, as often, much oftener. */
const SWARM = [0, 0, 1, 1, 4] as const

/** A fault that happens now. */
export interface Fault {
  readonly kind: FaultKind
  /** A number in [0, 1) of its own for each `path`: how long, how late. */
  draw(path: number): number
}

/** The kinds of fault of one place, with their rates as this seed has them. */
export interface FaultMenu {
  readonly total: number
  readonly kinds: readonly { readonly kind: FaultKind; readonly upTo: number }[]
}

/**
 * Decides what goes wrong, and where: each draw is keyed by the place and how often that place was passed, so a fault that is
 * left out leaves the draws of all other places as they were. This is what makes a failing run small: plan for some of its
 * faults, and those happen again.
 *
 * Which kinds happen at all, and how often, is drawn for each seed: runs with one kind of fault in plenty find what an even
 * mixture of all of them hides (Groce et al., "Swarm testing", 2012).
 */
export class Chances {
  /** The faults and operations of this run, by key, in the order they happened. */
  readonly happened: string[] = []
  /** The kinds of fault that can happen at a place that was passed. */
  readonly offered: Set<FaultKind> = new Set()
  readonly #random: KeyedRandom
  readonly #plan: FaultPlan | undefined
  readonly #menus = new Map<FaultRates, FaultMenu>()
  readonly #met = new Set<FaultMenu>()
  readonly #passed = new Map<string, number>()
  #healed = false

  /** `plan`: what happens, instead of what the seed draws. */
  constructor(seed: string | number, plan?: FaultPlan) {
    this.#random = keyedRandom(seed)
    this.#plan = plan
  }

  /** From now on nothing goes wrong any more. */
  heal(): void {
    this.#healed = true
  }

  /** The rates of a kind of place, as this seed has them. */
  menu(rates: FaultRates): FaultMenu {
    const known = this.#menus.get(rates)
    if (known) return known
    const made = this.#make(rates)
    this.#menus.set(rates, made)
    return made
  }

  /** What goes wrong at this passing of a place; mostly nothing. */
  fault(place: string, menu: FaultMenu): Fault | undefined {
    const turn = this.#pass(place)
    if (this.#healed) return undefined
    this.#offer(menu)
    const kind = this.#plan ? this.#plan.faultAt(place, turn) : this.#drawn(place, turn, menu)
    if (kind === undefined) return undefined
    this.happened.push(faultKey(place, turn, kind))
    return { kind, draw: (path) => this.#random(place, turn, path + 1) }
  }

  /** Whether a client does this operation: always, unless the plan leaves it out. */
  operation(name: string): boolean {
    if (this.#plan && !this.#plan.does(name)) return false
    this.happened.push(operationKey(name))
    return true
  }

  /** The next number in [0, 1) of what is no fault: arrivals, ordinary delays, what clients want. */
  draw(purpose: string): number {
    return this.#random(purpose, this.#pass(purpose))
  }

  #offer(menu: FaultMenu): void {
    if (this.#met.has(menu)) return
    this.#met.add(menu)
    for (const { kind } of menu.kinds) this.offered.add(kind)
  }

  #make(rates: FaultRates): FaultMenu {
    let upTo = 0
    const kinds = (Object.entries(rates) as [FaultKind, number][]).map(([kind, rate]) => {
      const weight = SWARM[Math.floor(this.#random(`swarm ${kind}`, 0) * SWARM.length)] ?? 1
      upTo += rate * weight
      return { kind, upTo }
    })
    return { total: upTo, kinds }
  }

  #drawn(place: string, turn: number, { total, kinds }: FaultMenu): FaultKind | undefined {
    const chosen = this.#random(place, turn)
    return chosen < total ? kinds.find(({ upTo }) => chosen < upTo)?.kind : undefined
  }

  #pass(place: string): number {
    const turn = this.#passed.get(place) ?? 0
    this.#passed.set(place, turn + 1)
    return turn
  }
}
