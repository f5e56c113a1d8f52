import type { Append, Commit, Expected, Retention, RowWrite, TimerWrite } from './commit.ts'
import type { EventMeta, NewEvent, StreamId } from './event.ts'
import { invalidCommit, requireCount, requireName } from './invalid-commit.ts'
import { encodeJson } from './json.ts'
import type {
  PreparedAppend,
  PreparedCommit,
  PreparedEvent,
  PreparedRetention,
  PreparedRow,
} from './prepared-commit.ts'

const PARTS: ReadonlySet<string> = new Set([
  'appends',
  'retention',
  'inbox',
  'checkpoint',
  'timers',
  'keys',
  'rows',
  'fence',
])

/**
 * Checks a commit once, before it waits for its group, and encodes its payloads.
 *
 * @throws WatertightError `INVALID_COMMIT`, which names the part, its value and what would be right.
 */
export function prepareCommit(commit: Commit): PreparedCommit {
  for (const part of Object.keys(commit)) {
    if (!PARTS.has(part)) throw invalidCommit('a part of a commit', `one of ${[...PARTS].join(', ')}`, part)
  }
  const { inbox, checkpoint, timers, keys, fence } = commit
  return {
    fence: fence && { lease: requireName('fence.lease', fence.lease), epoch: requireCount('fence.epoch', fence.epoch) },
    appends: prepareAppends(commit.appends ?? []),
    retention: prepareRetention(commit.retention ?? []),
    inbox: inbox && {
      consumer: requireName('inbox.consumer', inbox.consumer),
      generation: requireCount('inbox.generation', inbox.generation),
      id: requireName('inbox.id', inbox.id),
    },
    checkpoint: checkpoint && {
      name: requireName('checkpoint.name', checkpoint.name),
      from: requireCount('checkpoint.from', checkpoint.from),
      to: requireCount('checkpoint.to', checkpoint.to),
    },
    setTimers: (timers?.set ?? []).map(prepareTimer),
    clearTimers: prepareNames('timers.clear', timers?.clear),
    acquireKeys: prepareNames('keys.acquire', keys?.acquire),
    releaseKeys: prepareNames('keys.release', keys?.release),
    holder: keys && prepareStream('keys.holder', keys.holder),
    rows: prepareRows(commit.rows ?? []),
  }
}

/** @throws WatertightError `INVALID_COMMIT` */
export function prepareStream(part: string, stream: StreamId): StreamId {
  return {
    tenant: requireName(`${part}.tenant`, stream.tenant),
    category: requireName(`${part}.category`, stream.category),
    id: requireName(`${part}.id`, stream.id),
  }
}

function prepareAppends(appends: readonly Append[]): readonly PreparedAppend[] {
  const prepared = appends.map((append, i): PreparedAppend => {
    const part = `appends[${i}]`
    if (append.events.length === 0) throw invalidCommit(`${part}.events`, 'at least one event', append.events)
    return {
      stream: prepareStream(`${part}.stream`, append.stream),
      expected: requireExpected(`${part}.expected`, append.expected),
      appendId: requireName(`${part}.appendId`, append.appendId),
      events: append.events.map((event, j) => prepareEvent(`${part}.events[${j}]`, event)),
    }
  })
  requireDistinctStreams('the streams of appends', prepared)
  return prepared
}

function prepareRetention(retention: readonly Retention[]): readonly PreparedRetention[] {
  const prepared = retention.map(({ stream, truncate = 0, close = false }, i): PreparedRetention => {
    const part = `retention[${i}]`
    return {
      stream: prepareStream(`${part}.stream`, stream),
      truncate: requireCount(`${part}.truncate`, truncate),
      close: requireFlag(`${part}.close`, close),
    }
  })
  requireDistinctStreams('the streams of retention', prepared)
  return prepared
}

function requireFlag(part: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidCommit(part, 'true or false', value)
  return value
}

function requireExpected(part: string, expected: Expected): Expected {
  if (expected === 'any' || expected === 'absent' || expected === 'present') return expected
  if (Number.isSafeInteger(expected) && expected >= 0) return expected
  throw invalidCommit(part, "'any', 'absent', 'present' or a version", expected)
}

function prepareEvent(part: string, event: NewEvent): PreparedEvent {
  return {
    id: requireName(`${part}.id`, event.id),
    type: requireName(`${part}.type`, event.type),
    schema: requireCount(`${part}.schema`, event.schema),
    data: encodeJson(`${part}.data`, event.data),
    subject: event.subject === undefined ? null : requireName(`${part}.subject`, event.subject),
    meta: prepareMeta(`${part}.meta`, event.meta),
  }
}

function prepareMeta(part: string, meta: EventMeta): string {
  if (typeof meta?.correlation !== 'string' || typeof meta.causation !== 'string') {
    throw invalidCommit(part, 'an object with correlation and causation', meta)
  }
  const { correlation, causation, traceparent, actor } = meta
  return JSON.stringify({ correlation, causation, traceparent, actor })
}

function prepareTimer(timer: TimerWrite, i: number): TimerWrite {
  const part = `timers.set[${i}]`
  if (!Number.isFinite(timer.inMs)) throw invalidCommit(`${part}.inMs`, 'a number of milliseconds', timer.inMs)
  return {
    key: requireName(`${part}.key`, timer.key),
    inMs: Math.max(0, timer.inMs),
    stream: prepareStream(`${part}.stream`, timer.stream),
  }
}

function prepareRows(rows: readonly RowWrite[]): readonly PreparedRow[] {
  const prepared = rows.map((row, i): PreparedRow => {
    const part = `rows[${i}]`
    return {
      table: requireName(`${part}.table`, row.table),
      key: requireName(`${part}.key`, row.key),
      value: encodeJson(`${part}.value`, row.value),
      ifVersion: row.ifVersion === undefined ? undefined : requireCount(`${part}.ifVersion`, row.ifVersion),
    }
  })
  if (prepared.length > 1) {
    requireDistinct(
      'the rows of a commit',
      prepared.map(({ table, key }) => `${table}\0${key}`),
    )
  }
  return prepared
}

function prepareNames(part: string, names: readonly string[] = []): readonly string[] {
  return names.map((name, i) => requireName(`${part}[${i}]`, name))
}

function requireDistinctStreams(part: string, prepared: readonly { readonly stream: StreamId }[]): void {
  if (prepared.length < 2) return
  requireDistinct(
    part,
    prepared.map(({ stream }) => `${stream.tenant}\0${stream.category}\0${stream.id}`),
  )
}

function requireDistinct(part: string, names: readonly string[]): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw invalidCommit(part, 'distinct', name.replaceAll('\0', '/'))
    seen.add(name)
  }
}
