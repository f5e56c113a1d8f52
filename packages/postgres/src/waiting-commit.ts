import type { Committed, PreparedCommit } from 'watertight/store'

/** A commit on its way into the database. */
export interface WaitingCommit {
  readonly commit: PreparedCommit
  /** What it touches, by name: commits that share one of these go one after the other, in order of arrival. */
  readonly resources: readonly string[]
  /** About how much it has to send. */
  readonly bytes: number
  /** Until when it may be tried again, by the runtime's clock. */
  readonly until: number
  /** True when an attempt was lost of which nobody knows whether it was done. */
  uncertain: boolean
  resolve(committed: Committed): void
  reject(error: unknown): void
}

/** The names of all that a commit may write to, or that decides about it. Leases are shared, so they are not among them. */
export function resourcesOf(commit: PreparedCommit): readonly string[] {
  const { appends, retention, inbox, checkpoint, rows, acquireKeys, releaseKeys, setTimers, clearTimers } = commit
  const names = new Set<string>()
  for (const { stream } of [...appends, ...retention]) {
    names.add(`stream\0${stream.tenant}\0${stream.category}\0${stream.id}`)
  }
  if (inbox) names.add(`inbox\0${inbox.consumer}\0${inbox.generation}\0${inbox.id}`)
  if (checkpoint) names.add(`checkpoint\0${checkpoint.name}`)
  for (const { table, key } of rows) names.add(`row\0${table}\0${key}`)
  for (const key of acquireKeys) names.add(`key\0${key}`)
  for (const key of releaseKeys) names.add(`key\0${key}`)
  for (const { key } of setTimers) names.add(`timer\0${key}`)
  for (const key of clearTimers) names.add(`timer\0${key}`)
  return [...names]
}

/** The payloads of a commit, in UTF-16 units. */
export function bytesOf({ appends, rows }: PreparedCommit): number {
  let bytes = 0
  for (const { events } of appends) for (const { data, meta } of events) bytes += (data?.length ?? 0) + meta.length
  for (const { value } of rows) bytes += value?.length ?? 0
  return bytes
}
