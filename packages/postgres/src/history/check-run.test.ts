import { describe, expect, it } from 'vitest'
import { checkRun, type LoggedEvent, type NotedSubscription } from './check-run.ts'
import type { Note } from './notes.ts'

const READ_AT = 1_000
const VALUES = ['a', 'b', 'c', 'd']

function logged(stream: string, version: number, value: string, position: number): LoggedEvent {
  return { position, category: 'shared', stream, version, value }
}

const log: readonly LoggedEvent[] = [
  logged('s', 1, 'a', 1),
  logged('t', 1, 'b', 2),
  logged('s', 2, 'c', 4),
  logged('t', 2, 'd', 5),
]

function written(stream: string, value: string, version: number | undefined, at: number): readonly Note[] {
  return [
    { note: 'tried', append: value, stream, values: [value], at },
    { note: 'answered', append: value, at: at + 1, ...(version !== undefined && { version }) },
  ]
}

const writers: readonly Note[] = [
  ...written('s', 'a', 1, 10),
  ...written('t', 'b', 1, 20),
  ...written('s', 'c', 2, 30),
  ...written('t', 'd', 2, 40),
]

const seen = (...values: string[]): Note => ({ note: 'seen', values })
const saved = (value: string): Note => ({ note: 'saved', value })

function findings({
  notes = [seen(...VALUES), saved('d')],
  counted = VALUES.length,
  ...rest
}: {
  readonly notes?: readonly Note[]
  readonly counted?: number
  readonly log?: readonly LoggedEvent[]
  readonly writers?: readonly Note[]
}): readonly string[] {
  const subscription: NotedSubscription = { name: 'x', notes, counted }
  return checkRun({ log, writers, subscriptions: [subscription], readAt: READ_AT, ...rest }).map(({ kind }) => kind)
}

describe('the check of a run', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(findings({})).toEqual([])
  })

  it('takes it for right that a batch comes again whose checkpoint had not moved', () => {
    expect(findings({ notes: [seen('a', 'b'), saved('b'), seen('c', 'd'), seen('c'), saved('c'), seen('d')] })).toEqual(
      [],
    )
  })

  it('finds an event that a subscription skipped', () => {
    expect(findings({ notes: [seen('a', 'b', 'd'), saved('d')] })).toContain('skipped')
  })

  it('finds an event that a subscription never came to', () => {
    expect(findings({ notes: [seen('a', 'b', 'c'), saved('c')] })).toEqual(['unseen'])
  })

  it('finds an event that came again behind the checkpoint', () => {
    expect(findings({ notes: [seen('a', 'b'), saved('b'), seen('b', 'c', 'd')] })).toEqual(['duplicated'])
  })

  it('finds events that came in another order', () => {
    expect(findings({ notes: [seen('a', 'c', 'b', 'd')] })).toContain('skipped')
    expect(findings({ notes: [seen('a', 'b', 'c', 'd'), seen('b', 'd')] })).toEqual(['reordered'])
  })

  it('finds an event that nobody wrote', () => {
    expect(findings({ notes: [seen(...VALUES, 'e')] })).toEqual(['invented'])
  })

  it('finds effects that counted an event twice or not at all', () => {
    expect(findings({ counted: 5 })).toEqual(['duplicated'])
    expect(findings({ counted: 3 })).toEqual(['duplicated'])
  })

  it('finds an acknowledged append that is lost, even with its whole stream', () => {
    expect(findings({ writers: [...writers, ...written('s', 'e', 3, 50)] })).toEqual(['lost'])
    expect(findings({ writers: [...writers, ...written('u', 'e', 1, 50)] })).toEqual(['lost'])
  })

  it('does not miss an append of which nobody knows whether it happened', () => {
    const tried: Note = { note: 'tried', append: 'e', stream: 's', values: ['e'], at: 50 }
    expect(findings({ writers: [...writers, tried] })).toEqual([])
  })

  it('finds an append that stands elsewhere than its answer said', () => {
    const misplaced = writers.map((note) =>
      note.note === 'answered' && note.append === 'd' ? { ...note, version: 0 } : note,
    )
    expect(findings({ writers: misplaced })).toEqual(['misplaced'])
  })

  it('finds an append that was refused and is there', () => {
    expect(findings({ writers: [...writers.slice(0, -2), ...written('t', 'd', undefined, 40)] })).toEqual(['dirty'])
  })

  it('finds a stream whose versions are not in the order of positions', () => {
    const turned = [log[0], log[1], { ...logged('s', 3, 'c', 4) }, log[3]].filter((event) => event !== undefined)
    expect(findings({ log: turned })).toEqual(['reordered'])
    const back = [log[0], log[1], logged('s', 2, 'c', 5), logged('t', 2, 'd', 4)].filter((event) => event !== undefined)
    expect(findings({ log: back })).toEqual(['reordered'])
  })
})
