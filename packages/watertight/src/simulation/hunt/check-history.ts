import { checkSightings } from './check-sightings.ts'
import type { Anomaly, AppendSeen, History, ReadSeen } from './history.ts'

/**
 * Holds a history of appends and reads against what a store of append-only lists promises: per list one order of values, of
 * which every read is a beginning; what is acknowledged is in every read that begins later; orders agree with real time; and
 * each subscription is handed the log, in order and without a gap.
 *
 * The list-append model of Elle (Kingsbury and Alvaro, VLDB 2020): since values are unique and reads return whole lists, the
 * order of versions can be read off, and every anomaly has a witness.
 *
 * @example
 * checkHistory({ appends, reads }).map(({ kind, text }) => `${kind}: ${text}`)
 */
export function checkHistory({ appends, reads, log, sightings = [] }: History): readonly Anomaly[] {
  const readsOf = Map.groupBy(reads, ({ list }) => list)
  const appendsOf = Map.groupBy(appends, ({ list }) => list)
  const lists = new Set([...readsOf.keys(), ...appendsOf.keys()])
  const anomalies = [...lists].flatMap((list) =>
    new ListHistory(list, appendsOf.get(list) ?? [], readsOf.get(list) ?? []).anomalies(),
  )
  if (log === undefined) return anomalies
  return [...anomalies, ...sightings.flatMap((seen) => checkSightings(log, seen))]
}

class ListHistory {
  readonly #list: string
  readonly #appends: readonly AppendSeen[]
  readonly #reads: readonly ReadSeen[]
  /** The longest read: what all others must be beginnings of. */
  readonly #longest: readonly string[]
  readonly #place: ReadonlyMap<string, number>

  constructor(list: string, appends: readonly AppendSeen[], reads: readonly ReadSeen[]) {
    this.#list = list
    this.#appends = appends
    this.#reads = reads
    this.#longest = reads.reduce<readonly string[]>(
      (longest, { values }) => (values.length > longest.length ? values : longest),
      [],
    )
    this.#place = new Map(this.#longest.map((value, i) => [value, i]))
  }

  anomalies(): readonly Anomaly[] {
    return [
      ...this.#values(),
      ...this.#prefixes(),
      ...this.#appends.flatMap((append) => [...this.#whole(append), ...this.#acknowledged(append)]),
      ...this.#monotonic(),
      ...this.#realTime(),
    ]
  }

  *#values(): Generator<Anomaly> {
    const writers = new Map(this.#appends.flatMap((append) => append.values.map((value) => [value, append] as const)))
    const values = this.#longest
    if (this.#place.size < values.length) {
      const twice = values.find((value, i) => values.indexOf(value) !== i)
      yield this.#anomaly('duplicated', `${twice} is there twice`)
    }
    for (const value of this.#place.keys()) {
      const writer = writers.get(value)
      if (writer === undefined) yield this.#anomaly('invented', `nobody appended ${value}`)
      else if (writer.outcome === 'failed') yield this.#anomaly('dirty', `the append of ${value} failed`)
    }
  }

  *#prefixes(): Generator<Anomaly> {
    for (const { values } of this.#reads) {
      const at = values.findIndex((value, i) => value !== this.#longest[i])
      if (at >= 0) yield this.#anomaly('reordered', `one read has ${values[at]} where another has ${this.#longest[at]}`)
    }
  }

  *#whole({ values, outcome }: AppendSeen): Generator<Anomaly> {
    const [first] = values
    const at = first === undefined ? undefined : this.#place.get(first)
    const isWhole = values.every((value, i) => this.#place.get(value) === (at ?? Number.NaN) + i)
    if (!isWhole && outcome !== 'failed' && values.some((value) => this.#place.has(value)))
      yield this.#anomaly('torn', `${values.join(' ')} were appended together`)
  }

  *#acknowledged({ values, outcome, length, to }: AppendSeen): Generator<Anomaly> {
    const last = values.at(-1)
    if (outcome !== 'done' || last === undefined) return
    const place = this.#place.get(last)
    for (const read of this.#reads) {
      if (read.from <= to || read.values.includes(last)) continue
      const what = `${last}, acknowledged at ${to}, is not in the read that began at ${read.from}`
      yield this.#anomaly(place === undefined ? 'lost' : 'stale', what)
      break
    }
    if (length !== undefined && place !== undefined && place + 1 !== length)
      yield this.#anomaly('misplaced', `${last} should stand at ${length}, and stands at ${place + 1}`)
  }

  /** No read has less than one that had ended when it began. */
  *#monotonic(): Generator<Anomaly> {
    const byEnd = this.#reads.toSorted((a, b) => a.to - b.to)
    for (const read of this.#reads) {
      const earlier = byEnd.findLast(({ to, values }) => to < read.from && values.length > read.values.length)
      if (earlier === undefined) continue
      const missing = earlier.values[read.values.length]
      yield this.#anomaly('stale', `${missing}, read at ${earlier.to}, is not in the read that began at ${read.from}`)
    }
  }

  /** What began after something was acknowledged stands behind it. */
  *#realTime(): Generator<Anomaly> {
    const placed = this.#appends.flatMap((append) => {
      const place = this.#place.get(append.values[0] ?? '')
      return place === undefined ? [] : [{ append, place }]
    })
    // From the back: the first of those behind to be acknowledged is the one that could not be overtaken.
    let earliest: AppendSeen | undefined
    for (const { append } of placed.toSorted((a, b) => b.place - a.place)) {
      if (earliest && append.from > earliest.to)
        yield this.#anomaly(
          'overtaken',
          `${append.values[0]}, begun at ${append.from}, stands before ${earliest.values[0]}, acknowledged at ${earliest.to}`,
        )
      if (append.outcome === 'done' && (earliest === undefined || append.to < earliest.to)) earliest = append
    }
  }

  #anomaly(kind: Anomaly['kind'], text: string): Anomaly {
    return { kind, text: `list ${this.#list}: ${text}` }
  }
}
