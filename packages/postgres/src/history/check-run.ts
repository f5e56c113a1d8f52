import { type Anomaly, type AppendSeen, checkHistory } from 'watertight/simulation'
import type { Answered, Note } from './notes.ts'

/** An event of the log, as it was read when all was quiet. */
export interface LoggedEvent {
  readonly position: number
  readonly category: string
  readonly stream: string
  readonly version: number
  readonly value: string
}

/** What a subscription has noted, whichever of its members; and how many events it counted, each together with its checkpoint. */
export interface NotedSubscription {
  readonly name: string
  /** It follows the streams of this category; missing: all. */
  readonly category?: string
  readonly notes: readonly Note[]
  readonly counted: number
}

/** All that is known of a run. */
export interface RunNotes {
  readonly log: readonly LoggedEvent[]
  readonly writers: readonly Note[]
  readonly subscriptions: readonly NotedSubscription[]
  /** When the log was read. */
  readonly readAt: number
}

/**
 * What is wrong with a run: an append that was acknowledged and is lost, torn, elsewhere or twice; a stream whose versions have
 * gaps or are not in the order of positions; a subscription that skips an event, sees it too early, sees it again behind its
 * checkpoint, or whose effects do not count each event once.
 */
export function checkRun({ log, writers, subscriptions, readAt }: RunNotes): readonly Anomaly[] {
  const values = Map.groupBy(log, ({ stream }) => stream)
  const reads = [...values].map(([list, events]) => ({
    list,
    values: events.map(({ value }) => value),
    from: readAt,
    to: readAt,
  }))
  return [
    ...checkHistory({ appends: appendsOf(writers), reads: [...reads, ...emptyReads(writers, values, readAt)] }),
    ...checkOrder(log),
    ...subscriptions.flatMap((subscription) => checkSubscription(log, subscription)),
  ]
}

function appendsOf(notes: readonly Note[]): readonly AppendSeen[] {
  const answers = new Map<string, Answered>()
  for (const note of notes) if (note.note === 'answered') answers.set(note.append, note)
  return notes.flatMap((note): AppendSeen[] => {
    if (note.note !== 'tried') return []
    const { append, stream, values, at } = note
    const answer = answers.get(append)
    const seen = { list: stream, values, from: at, to: answer?.at ?? at }
    if (answer === undefined) return [{ ...seen, outcome: 'unknown' }]
    if (answer.version === undefined) return [{ ...seen, outcome: 'failed' }]
    return [{ ...seen, outcome: 'done', length: answer.version }]
  })
}

/** A stream that is not in the log at all was read too: it is empty. */
function emptyReads(
  notes: readonly Note[],
  found: ReadonlyMap<string, unknown>,
  at: number,
): readonly { list: string; values: readonly string[]; from: number; to: number }[] {
  const tried = new Set(notes.flatMap((note) => (note.note === 'tried' ? [note.stream] : [])))
  return [...tried].filter((list) => !found.has(list)).map((list) => ({ list, values: [], from: at, to: at }))
}

function checkOrder(log: readonly LoggedEvent[]): readonly Anomaly[] {
  const versions = new Map<string, number>()
  let before = 0
  return log.flatMap(({ position, stream, version, value }): Anomaly[] => {
    const due = (versions.get(stream) ?? 0) + 1
    versions.set(stream, version)
    const isInOrder = position > before
    before = position
    if (version === due && isInOrder) return []
    return [
      {
        kind: 'reordered',
        text: `the log: ${value} is version ${version} of ${stream} at ${position}, where ${due} is due`,
      },
    ]
  })
}

function checkSubscription(
  all: readonly LoggedEvent[],
  { name, category, notes, counted }: NotedSubscription,
): readonly Anomaly[] {
  const log = all.filter((event) => category === undefined || event.category === category).map(({ value }) => value)
  const seen = notes.flatMap((note) => (note.note === 'seen' ? note.values : []))
  const sightings = [{ subscription: name, values: seen, mayRepeat: true }]
  const anomalies = [...checkHistory({ appends: [], reads: [], log, sightings })]
  const place = new Map(log.map((value, i) => [value, i]))
  let saved = -1
  for (const note of notes) {
    if (note.note === 'saved') saved = Math.max(saved, place.get(note.value) ?? -1)
    if (note.note !== 'seen') continue
    const again = note.values.find((value) => (place.get(value) ?? Number.POSITIVE_INFINITY) <= saved)
    if (again !== undefined)
      anomalies.push({ kind: 'duplicated', text: `subscription ${name}: ${again} came again behind its checkpoint` })
  }
  if (counted !== log.length)
    anomalies.push({ kind: 'duplicated', text: `subscription ${name}: counted ${counted} of ${log.length} events` })
  return anomalies
}
