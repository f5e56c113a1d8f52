import { invalidOption, refuseUnknown } from '../../runtime/option.ts'
import { fieldPath } from './field-path.ts'

/** What of a decider's events is personal data, and whose. */
export interface PersonalFields<Events = unknown> {
  /** The fields of each event: `name`, `address.street`, `guests.*.name`. */
  readonly fields: { readonly [Type in keyof Events]?: readonly string[] }
  /** Whose they are: a pseudonym, by the id of the stream. Default: that id itself. */
  readonly subject?: (id: string) => string
}

/** Personal fields after validation. */
export interface PersonalSettings {
  readonly fields: ReadonlyMap<string, readonly string[]>
  readonly subject: (id: string) => string
}

/** @throws WatertightError `INVALID_OPTION` for an event that the decider does not have, or a path that is none. */
export function personalSettings<Events>(
  category: string,
  options: PersonalFields<Events>,
  known: readonly string[],
): PersonalSettings {
  refuseUnknown(`personal of decider ${category}`, options, ['fields', 'subject'])
  const fields = new Map(
    Object.entries<readonly string[] | undefined>(options.fields).map(([type, paths = []]) => [type, paths]),
  )
  for (const [type, paths] of fields) {
    if (!known.includes(type)) throw invalidOption('personal.fields', type, `an event that evolve has`)
    for (const path of paths) fieldPath(path)
  }
  return { fields, subject: options.subject ?? ((id) => id) }
}
