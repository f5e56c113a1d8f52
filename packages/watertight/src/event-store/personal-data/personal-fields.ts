import { invalidOption } from '../../runtime/option.ts'
import type { StreamId } from '../../store/event.ts'
import type { Decider, EventOf } from '../decider.ts'
import type { PersonalData } from './personal-data.ts'

type Personally<Events> = Pick<Decider<unknown, Events>, 'category' | 'personal'>

/**
 * Seals the personal fields of events that were decided, before the state, a row or a snapshot is folded from them: what is
 * made of sealed events has nothing in clear.
 *
 * @throws WatertightError `INVALID_OPTION` when there are such fields, and nobody to seal them.
 */
export async function sealPersonal<Events>(
  { category, personal: settings }: Personally<Events>,
  { tenant, id }: StreamId,
  events: readonly EventOf<Events>[],
  personal: PersonalData | undefined,
): Promise<readonly EventOf<Events>[]> {
  if (settings === undefined) return events
  return await Promise.all(
    events.map(async (event) => {
      const paths = settings.fields.get(event.type) ?? []
      if (paths.length === 0) return event
      if (personal === undefined) {
        throw invalidOption('personal', personal, `given: ${event.type} of ${category} has personal fields to seal`)
      }
      return { ...event, data: await personal.sealFields(settings.subject(id), event.data, paths, tenant) }
    }),
  )
}

/** Whose personal data an event has, for the stored event. */
export function subjectOf<Events>(
  { personal }: Personally<Events>,
  { id }: StreamId,
  { type }: EventOf<Events>,
): { readonly subject?: string } {
  return personal?.fields.has(type) ? { subject: personal.subject(id) } : {}
}
