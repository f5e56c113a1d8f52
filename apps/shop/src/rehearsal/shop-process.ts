import { WatertightError } from 'watertight'
import { lognormal, type RequestScope, type ServiceModel, type Simulation } from 'watertight/simulation'
import { pause } from './pause.ts'

/** The work of a request varies by this share of its mean. */
const SPREAD = 0.5

/**
 * One process of the shop as it is simulated: a single thread that takes requests one after the other, and what they wait for
 * beside it, such as a disk or another process. It can hang, be killed with all it has under way, and come back.
 */
export class ShopProcess {
  readonly name: string
  readonly #sim: Simulation
  readonly #thread: ServiceModel
  readonly #underWay = new Set<(error: unknown) => void>()
  #hangMs = 0

  /** `threadMs`: how long a request keeps the thread busy, in the mean. */
  constructor(sim: Simulation, name: string, threadMs: number) {
    this.name = name
    this.#sim = sim
    this.#thread = sim.service(name, {
      pool: 1,
      serviceTime: lognormal({ mean: threadMs, cv: SPREAD }),
      restart: Infinity,
      dropExpired: true,
    })
  }

  /**
   * Answers a request: by its thread, and then by `work`, which keeps nothing busy.
   *
   * @throws WatertightError (as a rejection) as a service of the simulation does; what `work` throws.
   */
  serve<T>(scope: RequestScope, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#underWay.add(reject)
      this.#answer(scope, work)
        .then(resolve, reject)
        .finally(() => this.#underWay.delete(reject))
    })
  }

  /** From now on each request waits so long before anything is done for it. */
  hang(ms: number): void {
    this.#hangMs = ms
  }

  kill(): void {
    this.#thread.crash()
    const lost = WatertightError.withoutStack('CONNECTION_LOST', `${this.name}: killed`, { retryable: true })
    for (const reject of this.#underWay) reject(lost)
    this.#underWay.clear()
  }

  /** Brings it back after a kill, in good health. */
  restart(): void {
    this.#hangMs = 0
    this.#thread.restart()
  }

  async #answer<T>(scope: RequestScope, work: () => Promise<T>): Promise<T> {
    await this.#thread.request(scope)
    if (this.#hangMs > 0) await pause(this.#sim.runtime, this.#hangMs)
    return work()
  }
}
