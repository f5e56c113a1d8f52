import { WatertightError } from '../runtime/error.ts'
import { invalidOption } from '../runtime/option.ts'

/** The data of an older event, as it was stored. */
export type OldData = Readonly<Record<string, unknown>>

/**
 * Lifts old events to today's shape: `'itemAdded@1'` turns the data of schema 1 into that of schema 2. New events are
 * written with the schema behind the last upcaster of their type.
 */
export type Upcasters = Readonly<Record<string, (data: OldData) => unknown>>

/** The upcasters of a decider, by event type. */
export class Upcasting {
  readonly #steps: ReadonlyMap<string, readonly ((data: OldData) => unknown)[]>

  /** @throws WatertightError `INVALID_OPTION` for a key of another form, an unknown event, or a gap in the schemas. */
  constructor(upcasters: Upcasters, known: readonly string[]) {
    const steps = new Map<string, ((data: OldData) => unknown)[]>()
    for (const key of Object.keys(upcasters).toSorted(bySchema)) {
      const [type, schema] = parsed(key)
      const upcast = upcasters[key]
      const before = steps.get(type) ?? []
      if (!known.includes(type) || upcast === undefined)
        throw invalidOption('upcast', key, `of an event that evolve has`)
      if (schema !== before.length + 1) {
        throw invalidOption('upcast', key, `preceded by ${type}@${before.length + 1}: schemas are lifted one by one`)
      }
      steps.set(type, [...before, upcast])
    }
    this.#steps = steps
  }

  /** The schema new events of a type are written with; 1 without upcasters. */
  schemaOf(type: string): number {
    return (this.#steps.get(type)?.length ?? 0) + 1
  }

  /** @throws WatertightError `SCHEMA_UNKNOWN` for an event written by newer code: guessing its meaning would lose data. */
  lift(type: string, schema: number, data: unknown): unknown {
    const steps = this.#steps.get(type) ?? []
    if (schema > steps.length + 1) {
      throw new WatertightError(
        'SCHEMA_UNKNOWN',
        `Event ${type} has schema ${schema}, and this code knows it up to ${steps.length + 1}; update the code.`,
      )
    }
    return steps.slice(schema - 1).reduce<unknown>((lifted, upcast) => upcast(lifted as OldData), data)
  }
}

function parsed(key: string): readonly [type: string, schema: number] {
  const at = key.lastIndexOf('@')
  const schema = Number(key.slice(at + 1))
  if (at < 1 || !Number.isSafeInteger(schema) || schema < 1) {
    throw invalidOption('upcast', key, "an event and the schema it lifts from, such as 'itemAdded@1'")
  }
  return [key.slice(0, at), schema]
}

function bySchema(a: string, b: string): number {
  return parsed(a)[1] - parsed(b)[1]
}
