import assert from 'node:assert/strict'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Append, CommitDone, Committed, CommitRefused, Expected } from '../store/commit.ts'
import { type NewEvent, type StoredEvent, type StreamId, streamId } from '../store/event.ts'
import type { ReadLog, Store } from '../store/store.ts'

let made = 0

/** A name nothing else of the process has. */
export function fresh(prefix: string): string {
  return `${prefix}-${++made}`
}

/** Lets everything that is ready now happen first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => systemRuntime.turn(resolve))
}

export function freshStream(category = 'order'): StreamId {
  return streamId(category, fresh('stream'))
}

export function sampleEvent(data: unknown = { n: 1 }, type = 'order.placed'): NewEvent {
  const id = fresh('event')
  return { id, type, schema: 1, data, meta: { correlation: id, causation: id } }
}

export function sampleEvents(count: number): readonly NewEvent[] {
  return Array.from({ length: count }, (_, n) => sampleEvent({ n }))
}

export function sampleAppend(
  stream: StreamId,
  events: readonly NewEvent[] = [sampleEvent()],
  expected: Expected = 'any',
): Append {
  return { stream, expected, appendId: fresh('append'), events }
}

/** Commits one append of `count` events. */
export function append(store: Store, stream: StreamId, count = 1, expected: Expected = 'any'): Promise<Committed> {
  return store.commit({ appends: [sampleAppend(stream, sampleEvents(count), expected)] })
}

export function assertDone(committed: Committed): asserts committed is CommitDone {
  assert.ok(committed.ok, `expected a commit, got ${JSON.stringify(committed)}`)
}

export function assertRefused(committed: Committed, code: CommitRefused['code'], actual?: number): void {
  assert.ok(!committed.ok, `expected ${code}, got ${JSON.stringify(committed)}`)
  assert.equal(committed.code, code)
  assert.equal(committed.actual, actual)
  assert.ok(committed.what.length > 0)
}

/** Walks the whole log as a reader does: page by page, from where the last one settled. */
export async function walkLog(store: Store, options: Omit<ReadLog, 'after'> = {}): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  let after = 0
  for (let reached = -1; reached < after; ) {
    const page = await store.readLog({ ...options, after })
    assert.ok(page.settled >= after)
    events.push(...page.events)
    reached = after
    after = page.settled
  }
  return events
}

export async function versionOf(store: Store, stream: StreamId): Promise<number> {
  const { version } = await store.readStream(stream, { max: 1 })
  return version
}

export function numbersTo(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}

export async function rejects(work: Promise<unknown>, code: string, message?: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof Error && 'code' in error)
    assert.equal(error.code, code)
    if (message) assert.match(error.message, message)
    return true
  })
}
