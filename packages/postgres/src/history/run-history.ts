import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Anomaly } from 'watertight/simulation'
import type { Store } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { connectTo, type OwnServer } from '../test-server.fixture.ts'
import { checkRun, type LoggedEvent, type NotedSubscription } from './check-run.ts'
import { type Crew, disturb, type DisturbanceKind, kindOf } from './disturbance.ts'
import { foreignWork } from './foreign-work.ts'
import type { HistoryOptions } from './history-options.ts'
import { type Note, readNotes } from './notes.ts'
import { openStore, whenThere } from './open-store.ts'
import { setScene } from './scene.ts'
import { subscriptionPlan } from './subscription-plan.ts'
import { WorkerProcess } from './worker-process.ts'

const LOOK_MS = 250
const PAGE = 4_096
const MS_PER_MINUTE = 60_000

/** What came of a run. */
export interface HistoryReport {
  readonly seed: number
  readonly events: number
  readonly acknowledged: number
  readonly sightings: number
  readonly disturbances: Readonly<Record<DisturbanceKind, number>>
  readonly seconds: number
  readonly anomalies: readonly Anomaly[]
}

/** Told a few times a second. */
export type Progress = (what: string) => void

/**
 * Lets processes write to and follow a store, on a server of its own, while processes, connections and the server are killed and
 * others hold long transactions; waits until all subscriptions have come to the end; and compares what everyone has noted with
 * what is there.
 *
 * @throws Error when a process ended by itself.
 */
export async function runHistory(
  server: OwnServer,
  options: HistoryOptions,
  progress: Progress = () => undefined,
): Promise<HistoryReport> {
  const folder = mkdtempSync(join(tmpdir(), 'watertight-history-'))
  try {
    return await new HistoryRun(server, options, progress, folder).run()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

class HistoryRun {
  readonly #server: OwnServer
  readonly #options: HistoryOptions
  readonly #progress: Progress
  readonly #folder: string
  readonly #random: () => number
  readonly #writers: Crew
  readonly #subscribers: Crew
  readonly #disturbances = { writerKilled: 0, subscriberKilled: 0, backendsKilled: 0, serverKilled: 0 }
  readonly #writing = new AbortController()
  readonly #failed = Promise.withResolvers<never>()
  readonly #log: LoggedEvent[] = []
  #started = 0
  #after = 0
  #sightings = 0

  constructor(server: OwnServer, options: HistoryOptions, progress: Progress, folder: string) {
    this.#server = server
    this.#options = options
    this.#progress = progress
    this.#folder = folder
    const runtime = new VirtualRuntime({ seed: options.seed })
    this.#random = () => runtime.random('history')
    const { url } = server
    const crew = (start: Crew['start']): Crew => ({ members: [], start })
    this.#writers = crew(() => {
      // A process never uses the names of one that was killed.
      const name = `writer-${this.#started++}`
      return this.#spawn('writer.fixture.ts', [url, name, join(folder, name), `${options.writers}`])
    })
    this.#subscribers = crew((place) => {
      const { subscriptions, subscriberProcesses } = options
      const numbers = [subscriptions, place, subscriberProcesses].map(String)
      return this.#spawn('subscriber.fixture.ts', [url, folder, ...numbers])
    })
  }

  async run(): Promise<HistoryReport> {
    const begin = performance.now()
    const store = await openStore(this.#server.url)
    try {
      const admin = await connectTo(this.#server.url)
      await setScene(admin)
      await admin.end()
      await Promise.race([this.#write(store), this.#failed.promise])
      await Promise.race([this.#comeToRest(store), this.#failed.promise])
      const anomalies = await this.#check(store)
      const writers = this.#writerNotes()
      return {
        seed: this.#options.seed,
        events: this.#log.length,
        acknowledged: writers.filter((note) => note.note === 'answered' && note.version !== undefined).length,
        sightings: this.#sightings,
        disturbances: this.#disturbances,
        seconds: Math.round((performance.now() - begin) / 1_000),
        anomalies,
      }
    } finally {
      this.#writing.abort()
      await Promise.all([...this.#writers.members, ...this.#subscribers.members].map((member) => member.kill()))
      await store.close()
    }
  }

  async #write(store: Store): Promise<void> {
    const { events, minutes = Number.POSITIVE_INFINITY, writerProcesses, subscriberProcesses } = this.#options
    for (const [crew, size] of [
      [this.#subscribers, subscriberProcesses],
      [this.#writers, writerProcesses],
    ] as const)
      for (let place = 0; place < size; place++) crew.members.push(crew.start(place))
    const { signal } = this.#writing
    const others = [foreignWork(this.#server.url, this.#random, signal), this.#disturb(signal)]
    const until = performance.now() + minutes * MS_PER_MINUTE
    const hadEverything = (): boolean => Object.values(this.#disturbances).every((count) => count > 0)
    while ((this.#log.length < events && performance.now() < until) || !hadEverything()) {
      await setTimeout(LOOK_MS)
      await this.#readOn(store)
      this.#progress(`${this.#log.length} events, ${JSON.stringify(this.#disturbances)}`)
    }
    this.#writing.abort()
    await Promise.all(others)
    await Promise.all(this.#writers.members.map((writer) => writer.stop()))
  }

  async #disturb(signal: AbortSignal): Promise<void> {
    const { from, to } = this.#options.pauseMs
    for (let n = 0; ; n++) {
      await setTimeout(from + this.#random() * (to - from), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      const kind = kindOf(n, this.#random)
      await disturb(kind, {
        server: this.#server,
        writers: this.#writers,
        subscribers: this.#subscribers,
        random: this.#random,
      })
      this.#disturbances[kind]++
    }
  }

  /** Waits until every subscription has seen the end of the log. */
  async #comeToRest(store: Store): Promise<void> {
    await this.#readOn(store)
    const plan = subscriptionPlan(this.#options.subscriptions)
    for (;;) {
      const places = await Promise.all(plan.map(({ name }) => whenThere(() => store.checkpoint(name))))
      const behind = places.filter((place) => place < this.#after)
      if (behind.length === 0) break
      this.#progress(`${behind.length} subscriptions to come to ${this.#after}, the last is at ${Math.min(...behind)}`)
      await setTimeout(LOOK_MS)
    }
    await Promise.all(this.#subscribers.members.map((subscriber) => subscriber.stop()))
  }

  async #check(store: Store): Promise<readonly Anomaly[]> {
    this.#progress('comparing what was noted')
    const followed = this.#log.splice(0)
    this.#after = 0
    await this.#readOn(store)
    const early = followed.findIndex(({ value }, i) => value !== this.#log[i]?.value)
    const subscriptions = await Promise.all(
      subscriptionPlan(this.#options.subscriptions).map(async (planned): Promise<NotedSubscription> => {
        const counted = await whenThere(() => store.row('counted', planned.name))
        const notes = readNotes(join(this.#folder, planned.name))
        return { ...planned, notes, counted: Number(counted?.value ?? 0) }
      }),
    )
    this.#sightings = subscriptions
      .flatMap(({ notes }) => notes)
      .reduce((sum, note) => sum + (note.note === 'seen' ? note.values.length : 0), 0)
    const found = checkRun({ log: this.#log, writers: this.#writerNotes(), subscriptions, readAt: Date.now() })
    if (early < 0) return found
    return [
      ...found,
      { kind: 'skipped', text: `a reader had ${followed[early]?.value} where ${this.#log[early]?.value} stands` },
    ]
  }

  /** What came since the last time, as a reader sees it who keeps its place by itself. */
  async #readOn(store: Store): Promise<void> {
    for (;;) {
      const { events, settled } = await whenThere(() => store.readLog({ after: this.#after, max: PAGE }))
      for (const { position, stream, version, data } of events)
        this.#log.push({ position, category: stream.category, stream: stream.id, version, value: String(data) })
      this.#after = settled
      if (events.length < PAGE) return
    }
  }

  #writerNotes(): readonly Note[] {
    const files = readdirSync(this.#folder).filter((name) => name.startsWith('writer-'))
    return files.flatMap((name) => readNotes(join(this.#folder, name)))
  }

  #spawn(file: string, args: readonly string[]): WorkerProcess {
    return new WorkerProcess(file, args, (error) => this.#failed.reject(error))
  }
}
