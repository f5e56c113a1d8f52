/** The steps into which a run is cut: one entry of every series each. */
export class Steps {
  readonly untilMs: number
  readonly stepMs: number
  readonly count: number

  constructor(untilMs: number, stepMs: number) {
    this.untilMs = untilMs
    this.stepMs = stepMs
    this.count = Math.max(1, Math.ceil(untilMs / stepMs))
  }

  /** The step that holds an instant; the end of the run belongs to the last one. */
  at(ms: number): number {
    return Math.min(this.count - 1, Math.floor(ms / this.stepMs))
  }

  /** A series of zeros. */
  series(): Float64Array {
    return new Float64Array(this.count)
  }

  /** A series that says nothing yet. */
  unknown(): (number | null)[] {
    return new Array<number | null>(this.count).fill(null)
  }
}

/** Series by name, made when the name first occurs: refusals by code. */
export class NamedSeries {
  readonly #steps: Steps
  readonly #byName = new Map<string, Float64Array>()

  constructor(steps: Steps) {
    this.#steps = steps
  }

  add(name: string, step: number, amount = 1): void {
    let series = this.#byName.get(name)
    if (series === undefined) this.#byName.set(name, (series = this.#steps.series()))
    series[step] = (series[step] as number) + amount
  }

  toJSON(): Readonly<Record<string, readonly number[]>> {
    const entries = [...this.#byName].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(entries.map(([name, series]) => [name, [...series]]))
  }
}
