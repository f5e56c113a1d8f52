import { type PreparedCommit, slotOf } from 'watertight/store'
import { int4Array, int8Array, textArray, uuidArray } from './binary-array.ts'
import { identityKey, streamKey, uuidOf } from './identity-key.ts'

const ANY = -1
const PRESENT = -2
/** For the row of which nothing is expected. */
const NO_MATTER = -1

/** The arguments of `commit_batch_1` for these commits, of which no two touch the same thing. */
export function encodeBatch(
  commits: readonly PreparedCommit[],
  { schema, patient, limitMs }: { readonly schema: string; readonly patient: boolean; readonly limitMs: number },
): readonly unknown[] {
  return [
    commits.length,
    patient,
    limitMs,
    ...encodeAppends(commits),
    ...encodeEvents(commits),
    ...encodeRows(commits),
    encodeParts(commits, schema),
  ]
}

/** How many arguments {@link encodeBatch} makes. */
export const ARGUMENTS = 29

function encodeAppends(commits: readonly PreparedCommit[]): readonly Buffer[] {
  const appends = commits.flatMap(({ appends: own }, i) => own.map((append) => ({ ...append, commit: i + 1 })))
  return [
    int4Array(appends.map(({ commit }) => commit)),
    uuidArray(appends.map(({ stream }) => streamKey(stream))),
    textArray(appends.map(({ stream }) => stream.tenant)),
    textArray(appends.map(({ stream }) => stream.category)),
    textArray(appends.map(({ stream }) => stream.id)),
    int4Array(appends.map(({ stream }) => slotOf(stream))),
    int8Array(
      appends.map(({ expected }) => {
        if (expected === 'any') return ANY
        if (expected === 'present') return PRESENT
        return expected === 'absent' ? 0 : expected
      }),
    ),
    uuidArray(appends.map(({ appendId }) => identityKey(appendId))),
    int4Array(appends.map(({ events }) => events.length)),
  ]
}

function encodeEvents(commits: readonly PreparedCommit[]): readonly Buffer[] {
  const events = commits
    .flatMap(({ appends }) => appends)
    .flatMap(({ events: own }, append) => own.map((event, i) => ({ ...event, append: append + 1, index: i + 1 })))
  return [
    int4Array(events.map(({ append }) => append)),
    int4Array(events.map(({ index }) => index)),
    textArray(events.map(({ id }) => id)),
    textArray(events.map(({ type }) => type)),
    int8Array(events.map(({ schema }) => schema)),
    textArray(events.map(({ data }) => data)),
    textArray(events.map(({ subject }) => subject)),
    textArray(events.map(({ meta }) => meta)),
  ]
}

function encodeRows(commits: readonly PreparedCommit[]): readonly unknown[] {
  const rows = commits.flatMap(({ rows: own }, i) => own.map((row) => ({ ...row, commit: i + 1 })))
  return [
    int4Array(rows.map(({ commit }) => commit)),
    uuidArray(rows.map(({ table, key }) => identityKey(table, key))),
    textArray(rows.map(({ table }) => table)),
    uuidArray(rows.map(({ table }) => identityKey(table))),
    textArray(rows.map(({ key }) => key)),
    textArray(rows.map(({ value }) => value)),
    int8Array(rows.map(({ ifVersion }) => ifVersion ?? NO_MATTER)),
    // Rows that are only written are locked by that, in order; with conditions or deletions they must be locked before.
    rows.some(({ ifVersion, value }) => ifVersion !== undefined || value === null),
  ]
}

/** What few commits have, as one document. Parts that no commit has are missing, and cost nothing. */
function encodeParts(commits: readonly PreparedCommit[], schema: string): string {
  const parts = {
    fences: partOf(commits, ({ fence }) =>
      fence
        ? [
            {
              key: uuidOf(identityKey(fence.lease)),
              lock: leaseLock(schema, fence.lease),
              epoch: fence.epoch,
            },
          ]
        : [],
    ),
    retention: partOf(commits, ({ retention }) =>
      retention.map(({ stream, truncate, close }) => ({ key: uuidOf(streamKey(stream)), truncate, close })),
    ),
    inbox: partOf(commits, ({ inbox }) =>
      inbox ? [{ ...inbox, key: uuidOf(identityKey(inbox.consumer, `${inbox.generation}`, inbox.id)) }] : [],
    ),
    checkpoints: partOf(commits, ({ checkpoint }) =>
      checkpoint
        ? [
            {
              key: uuidOf(identityKey(checkpoint.name)),
              name: checkpoint.name,
              old: checkpoint.from,
              new: checkpoint.to,
            },
          ]
        : [],
    ),
    keys: partOf(commits, keysOf),
    timers: partOf(commits, timersOf),
  }
  return JSON.stringify(parts)
}

/** The second half of the advisory lock of a lease. */
export function leaseLock(schema: string, lease: string): number {
  return identityKey(schema, lease).readInt32BE()
}

/** The keys of a commit, in the order they are told of. One that is released and taken is taken. */
export function keysOf({ acquireKeys, releaseKeys, holder }: PreparedCommit): readonly object[] {
  const acquired = [...new Set(acquireKeys)]
  const released = [...new Set(releaseKeys)].filter((name) => !acquired.includes(name))
  return [...acquired, ...released].map((name, i) => ({
    ...holder,
    key: uuidOf(identityKey(name)),
    name,
    take: i < acquired.length,
  }))
}

function timersOf({ setTimers, clearTimers }: PreparedCommit): readonly object[] {
  // A timer that is set twice is moved: the last one counts.
  const set = [...new Map(setTimers.map((timer) => [timer.key, timer])).values()]
  const cleared = clearTimers.filter((key) => !set.some((timer) => timer.key === key))
  return [
    ...cleared.map((key) => ({ key: uuidOf(identityKey(key)) })),
    ...set.map(({ key, inMs, stream }) => ({ ...stream, key: uuidOf(identityKey(key)), name: key, delay: inMs })),
  ]
}

function partOf(
  commits: readonly PreparedCommit[],
  entriesOf: (commit: PreparedCommit) => readonly object[],
): readonly object[] | undefined {
  const entries = commits.flatMap((commit, i) =>
    entriesOf(commit).map((entry, index) => ({ ...entry, commit: i + 1, index: index + 1 })),
  )
  return entries.length > 0 ? entries : undefined
}
