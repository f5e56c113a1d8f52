/** A service that was found or brought up. Plain data: it is remembered in a file. */
export interface Running {
  readonly url: string
  /** Name of the {@link Way} that brought it up; `given` where somebody else runs it. */
  readonly way: string
  /** The process, where it is one of this machine. */
  readonly pid?: number
}

/** One way to bring a service up. */
export interface Way {
  readonly name: string
  /** Why it cannot be gone here, such as "there is no redis-server"; undefined: it can. */
  hindrance(): Promise<string | undefined>
  /** `folder` is empty, and the service's own until {@link stop}. */
  start(folder: string): Promise<Running>
  /** Afterwards nothing of it runs. */
  stop(running: Running): Promise<void>
}

/** A service that the distributed adapters need. */
export interface Service {
  readonly name: string
  /** The environment variable that names a service which runs already, and the name under which the address is printed. */
  readonly variable: string
  /** In the order of preference. */
  readonly ways: readonly Way[]
  /** Whether something answers at `url` now. */
  answers(url: string): Promise<boolean>
}
