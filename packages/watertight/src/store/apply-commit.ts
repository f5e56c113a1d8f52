import type { Committed, CommitRefused, Expected } from './commit.ts'
import type { StreamId } from './event.ts'
import { holdsLease } from './lease.ts'
import type { Ledger, PastAppend, StreamState } from './ledger.ts'
import type { Version } from './position.ts'
import type { PreparedAppend, PreparedCommit } from './prepared-commit.ts'
import { tokenOf } from './token.ts'

interface Target<Stream> {
  readonly append: PreparedAppend
  readonly stream: Stream
  /** Set when the append was made before. */
  readonly past: PastAppend | undefined
}

/**
 * The rules of a commit, for every embedded adapter. Checks everything before it writes anything, so that a refused commit
 * leaves no trace in the transaction it shares with its neighbours.
 */
export function applyCommit<Stream extends StreamState>(
  ledger: Ledger<Stream>,
  commit: PreparedCommit,
  incarnation: string,
): Committed {
  const { fence, appends } = commit
  if (fence && !holdsLease(ledger, fence)) return refused('FENCED', `lease ${fence.lease} at epoch ${fence.epoch}`)

  const targets: Target<Stream>[] = []
  let repeats = 0
  for (const append of appends) {
    const stream = ledger.stream(append.stream)
    const past = stream.version === 0 ? undefined : ledger.pastAppend(stream, append.appendId)
    const refusal = past ? checkRepeat(ledger, stream, past, append) : checkVersion(stream, append)
    if (refusal) return refusal
    if (past) repeats++
    targets.push({ append, stream, past })
  }
  const ends: { readonly stream: Stream; readonly truncate: Version; readonly close: boolean }[] = []
  for (const { stream: id, truncate, close } of commit.retention) {
    const stream = targets.find((target) => isSameStream(target.append.stream, id))?.stream ?? ledger.stream(id)
    if (stream.version === 0 || truncate > stream.version) {
      return refused('CONFLICT', `stream ${named(id)}`, stream.version)
    }
    ends.push({ stream, truncate, close })
  }
  const repeated = repeats > 0 && repeats === appends.length
  if (!repeated) {
    const refusal = checkRest(ledger, commit)
    if (refusal) return refusal
  }

  let last = 0
  const versions: Version[] = []
  for (const { append, stream, past } of targets) {
    versions.push(past?.version ?? stream.version + append.events.length)
    last = Math.max(last, past?.position ?? ledger.append(stream, append))
  }
  if (!repeated) {
    for (const { stream, truncate, close } of ends) {
      if (truncate > 0) ledger.truncate(stream, truncate)
      if (close) ledger.close(stream)
    }
    writeRest(ledger, commit)
  }
  return { ok: true, repeated, token: tokenOf(incarnation, last || ledger.lastPosition()), versions }
}

function checkRepeat<Stream extends StreamState>(
  ledger: Ledger<Stream>,
  stream: Stream,
  before: PastAppend,
  append: PreparedAppend,
): CommitRefused | undefined {
  const same =
    before.size === append.events.length &&
    ledger.contents(stream, before.version - before.size, before.version).every((content, i) => {
      const event = append.events[i]
      return (
        event !== undefined &&
        content.type === event.type &&
        content.schema === event.schema &&
        content.data === event.data &&
        content.subject === event.subject
      )
    })
  return same ? undefined : refused('ID_REUSED', `append ${append.appendId} of stream ${named(append.stream)}`)
}

function checkVersion(
  { version, closed }: StreamState,
  { stream, expected }: PreparedAppend,
): CommitRefused | undefined {
  if (closed) return refused('ARCHIVED', `stream ${named(stream)}`)
  return meets(version, expected) ? undefined : refused('CONFLICT', `stream ${named(stream)}`, version)
}

function meets(version: Version, expected: Expected): boolean {
  switch (expected) {
    case 'any':
      return true
    case 'absent':
      return version === 0
    case 'present':
      return version > 0
    default:
      return version === expected
  }
}

function checkRest(ledger: Ledger<StreamState>, commit: PreparedCommit): CommitRefused | undefined {
  const { inbox, checkpoint, holder } = commit
  if (inbox && ledger.hasSeen(inbox)) return refused('SEEN', `message ${inbox.id} of consumer ${inbox.consumer}`)
  if (checkpoint) {
    const stands = ledger.checkpoint(checkpoint.name)
    if (stands !== checkpoint.from) return refused('CONFLICT', `checkpoint ${checkpoint.name}`, stands)
  }
  for (const key of commit.acquireKeys) {
    const owner = ledger.keyHolder(key)
    if (owner && holder && !isSameStream(owner, holder)) return refused('KEY_HELD', `key ${key} of ${named(owner)}`)
  }
  for (const { table, key, ifVersion } of commit.rows) {
    if (ifVersion === undefined) continue
    const version = ledger.rowVersion(table, key)
    if (version !== ifVersion) return refused('CONFLICT', `row ${key} of table ${table}`, version)
  }
  return undefined
}

function writeRest(ledger: Ledger<StreamState>, commit: PreparedCommit): void {
  const { inbox, checkpoint, holder } = commit
  if (inbox) ledger.markSeen(inbox)
  if (checkpoint) ledger.moveCheckpoint(checkpoint.name, checkpoint.to)
  for (const key of commit.clearTimers) ledger.clearTimer(key)
  for (const timer of commit.setTimers) ledger.setTimer(timer)
  if (holder) {
    for (const key of commit.releaseKeys) {
      const owner = ledger.keyHolder(key)
      if (owner && isSameStream(owner, holder)) ledger.freeKey(key)
    }
    for (const key of commit.acquireKeys) ledger.takeKey(key, holder)
  }
  // A row that is guarded has the version it was checked for.
  for (const row of commit.rows) ledger.writeRow(row, (row.ifVersion ?? ledger.rowVersion(row.table, row.key)) + 1)
}

function isSameStream(a: StreamId, b: StreamId): boolean {
  return a.id === b.id && a.category === b.category && a.tenant === b.tenant
}

function named({ tenant, category, id }: StreamId): string {
  return `${tenant}/${category}/${id}`
}

function refused(code: CommitRefused['code'], what: string, actual?: Version): CommitRefused {
  return actual === undefined ? { ok: false, code, what } : { ok: false, code, what, actual }
}
