import type { RowWrite } from '../store/commit.ts'
import type { Row as StoredRow } from '../store/store.ts'
import type { ProjectedEvent, Projection } from './projection.ts'

/** One row of a projection, and the events that are being folded into it. */
export class RowFold<Row> {
  readonly #projection: Projection<Row>
  readonly #table: string
  readonly #key: string
  readonly #current: StoredRow | undefined
  readonly #before: string | undefined
  #row: Row | undefined

  constructor(projection: Projection<Row>, table: string, key: string, current: StoredRow | undefined) {
    this.#projection = projection
    this.#table = table
    this.#key = key
    this.#current = current
    // As text, so that a reducer which changes the row it is given is noticed too.
    this.#before = JSON.stringify(current?.value)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds what this version of the projection made
    this.#row = current?.value as Row | undefined
  }

  add(event: ProjectedEvent): void {
    this.#row = this.#projection.apply(this.#row, event)
  }

  /** None when nothing changed; else one, guarded by the version the row was read at. */
  writes(): readonly RowWrite[] {
    if (JSON.stringify(this.#row) === this.#before) return []
    return [{ table: this.#table, key: this.#key, value: this.#row, ifVersion: this.#current?.version ?? 0 }]
  }
}
