import { invalidOption } from '../../runtime/option.ts'
import { FAULT_KINDS } from './fault-kind.ts'
import type { FaultKind } from './fault-kind.ts'

/** What the keys of operations begin with. */
const OPERATION = 'do:'

/** The faults and operations of a run, and no others: what a seed draws is of no matter then. */
export class FaultPlan {
  readonly #faults = new Map<string, FaultKind>()
  readonly #operations = new Set<string>()

  /** @throws WatertightError `INVALID_OPTION` for what is no key of a fault or an operation. */
  constructor(keys: readonly string[]) {
    for (const key of keys) {
      if (isOperation(key)) this.#operations.add(key)
      else {
        const { place, turn, kind } = parse(key)
        this.#faults.set(`${place}#${turn}`, kind)
      }
    }
  }

  faultAt(place: string, turn: number): FaultKind | undefined {
    return this.#faults.get(`${place}#${turn}`)
  }

  does(operation: string): boolean {
    return this.#operations.has(operationKey(operation))
  }
}

/** Names a fault: its kind, at the `turn`-th passing of a place. */
export function faultKey(place: string, turn: number, kind: FaultKind): string {
  return `${place}#${turn}:${kind}`
}

/** Names an operation. */
export function operationKey(name: string): string {
  return OPERATION + name
}

/** Whether a key is that of an operation. */
export function isOperation(key: string): boolean {
  return key.startsWith(OPERATION)
}

/** The kind of the fault that a key names. */
export function kindOf(key: string): FaultKind {
  return parse(key).kind
}

/** The same fault, at an earlier passing of its place; nothing when there is none so early. */
export function earlier(key: string, by: number): string | undefined {
  const { place, turn, kind } = parse(key)
  return turn >= by ? faultKey(place, turn - by, kind) : undefined
}

function parse(key: string): { readonly place: string; readonly turn: number; readonly kind: FaultKind } {
  const [, place, turn, kind] = /^(.+)#(\d+):(\w+)$/.exec(key) ?? []
  if (place === undefined || kind === undefined || !(kind in FAULT_KINDS))
    throw invalidOption('only', key, 'a list of keys such as worker-1.orders.commit#3:answerLost and do:order-1')
  return { place, turn: Number(turn), kind: kind as FaultKind }
}
