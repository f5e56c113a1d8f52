import { PRIORITY_LEVELS } from '../call.ts'

/** How many levels there are, and how fast the bar moves. */
export interface LevelSettings {
  /** Groups of users within each priority. */
  readonly groups: number
  /** Milliseconds after which the bar is moved. */
  readonly windowMs: number
  /** Or after so many calls, if they come sooner. */
  readonly windowCalls: number
  /** Share of the admitted calls that is shed more, in each window under overload. */
  readonly decrease: number
  /** Share of all calls that is admitted more, in each other window. */
  readonly increase: number
  /** How often users change their group, in milliseconds. */
  readonly rotateMs: number
}

/**
 * Which calls are worth their work under overload: each belongs to a level, by its priority first and its user's group second, and
 * a bar separates the levels that are served from those that are not. Whoever is served is served wholly: several calls of
 * one user succeed or fail together, on every server that orders levels in the same way. Users change their group from time
 * to time, so that nobody is always the last.
 *
 * A histogram of the calls of each level says where the bar has to be for 5% fewer admitted calls, or 1% more.
 *
 * After H. Zhou and others, "Overload Control for Scaling WeChat Microservices" (DAGOR, SoCC 2018).
 */
export class AdmissionLevels {
  readonly #settings: LevelSettings
  /** Calls of each level in this window; level 0 is the most important one. */
  readonly #calls: Uint32Array
  #all = 0
  #admitted = 0
  /** Levels below this are served. */
  #bar: number
  #windowEndsAt = Number.NaN

  constructor(settings: LevelSettings) {
    this.#settings = settings
    this.#bar = PRIORITY_LEVELS * settings.groups
    this.#calls = new Uint32Array(this.#bar)
  }

  /** Share of the levels that is served. */
  get served(): number {
    return this.#bar / this.#calls.length
  }

  /** The level of a call: 0 is the last to be shed. `draw`, a number in [0, 1), stands for a user who is not known. */
  levelOf(priority: number, user: string | undefined, now: number, draw: () => number): number {
    const { groups, rotateMs } = this.#settings
    const group =
      user === undefined ? Math.floor(draw() * groups) : hash(`${Math.floor(now / rotateMs)} ${user}`) % groups
    return (PRIORITY_LEVELS - 1 - priority) * groups + group
  }

  /** Counts a call of this level. Whether it is served. */
  admits(level: number, now: number): boolean {
    if (Number.isNaN(this.#windowEndsAt)) this.#windowEndsAt = now + this.#settings.windowMs
    this.#calls[level] = (this.#calls[level] as number) + 1
    this.#all++
    const served = level < this.#bar
    if (served) this.#admitted++
    return served
  }

  /** Whether it is time to {@link adjust}. */
  due(now: number): boolean {
    return now >= this.#windowEndsAt || this.#all >= this.#settings.windowCalls
  }

  /** Moves the bar, and begins a new window. */
  adjust(overloaded: boolean): void {
    const { decrease, increase } = this.#settings
    if (overloaded) this.#lower(this.#admitted * (1 - decrease))
    else this.#raise(this.#admitted + this.#all * increase)
    this.#calls.fill(0)
    this.#all = this.#admitted = 0
    this.#windowEndsAt = Number.NaN
  }

  /** Takes levels away until no more than `target` calls of this window would have been served; never the first one. */
  #lower(target: number): void {
    let served = this.#admitted
    while (this.#bar > 1 && served > target) served -= this.#calls[--this.#bar] as number
  }

  /** Adds levels until `target` calls of this window would have been served: at least one, or an empty one would be the end. */
  #raise(target: number): void {
    let served = this.#admitted
    while (this.#bar < this.#calls.length) {
      served += this.#calls[this.#bar++] as number
      if (served >= target) return
    }
  }
}

/** FNV-1a: the same on every server. */
function hash(text: string): number {
  let bits = 0x811c9dc5
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193)
  // The last characters have hardly touched the higher bits yet: mixed once more, neighbours end up apart.
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b)
  return (bits ^ (bits >>> 13)) >>> 0
}
