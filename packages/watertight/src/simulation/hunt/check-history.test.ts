import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkHistory } from './check-history.ts'
import type { AnomalyKind, AppendSeen, History, ReadSeen } from './history.ts'
import { ANOMALIES } from './history.ts'

function append(from: number, to: number, ...values: string[]): AppendSeen {
  return { list: 'x', values, outcome: 'done', from, to }
}

function read(from: number, to: number, ...values: string[]): ReadSeen {
  return { list: 'x', values, from, to }
}

const kinds = (history: History): readonly string[] => [...new Set(checkHistory(history).map(({ kind }) => kind))]

const planted: readonly (readonly [AnomalyKind, History])[] = [
  ['lost', { appends: [append(0, 1, 'a'), append(2, 3, 'b')], reads: [read(9, 9, 'b')] }],
  ['stale', { appends: [append(0, 1, 'a'), append(2, 3, 'b')], reads: [read(4, 5, 'a'), read(9, 9, 'a', 'b')] }],
  [
    'stale',
    {
      appends: [{ ...append(0, 9, 'a'), outcome: 'unknown' }],
      reads: [read(1, 2, 'a'), read(3, 4), read(9, 9, 'a')],
    },
  ],
  ['duplicated', { appends: [append(0, 1, 'a')], reads: [read(9, 9, 'a', 'a')] }],
  ['invented', { appends: [], reads: [read(9, 9, 'a')] }],
  ['dirty', { appends: [{ ...append(0, 1, 'a'), outcome: 'failed' }], reads: [read(9, 9, 'a')] }],
  ['torn', { appends: [{ ...append(0, 9, 'a', 'b'), outcome: 'unknown' }], reads: [read(9, 9, 'a')] }],
  ['torn', { appends: [append(0, 5, 'a', 'b'), append(0, 5, 'c')], reads: [read(9, 9, 'a', 'c', 'b')] }],
  ['reordered', { appends: [append(0, 9, 'a'), append(0, 9, 'b')], reads: [read(1, 2, 'b'), read(9, 9, 'a', 'b')] }],
  ['overtaken', { appends: [append(0, 1, 'a'), append(2, 3, 'b')], reads: [read(9, 9, 'b', 'a')] }],
  ['misplaced', { appends: [{ ...append(0, 1, 'a'), length: 2 }], reads: [read(9, 9, 'a')] }],
  ['skipped', { appends: [], reads: [], log: ['a', 'b', 'c'], sightings: [seen(true, 'a', 'c')] }],
  ['unseen', { appends: [], reads: [], log: ['a', 'b'], sightings: [seen(true, 'a')] }],
  ['duplicated', { appends: [], reads: [], log: ['a', 'b'], sightings: [seen(false, 'a', 'a', 'b')] }],
  [
    'reordered',
    { appends: [], reads: [], log: ['a', 'b', 'c'], sightings: [seen(true, 'a', 'b', 'a', 'a', 'c', 'c')] },
  ],
  ['invented', { appends: [], reads: [], log: ['a'], sightings: [seen(true, 'a', 'z')] }],
]

function seen(mayRepeat: boolean, ...values: string[]): NonNullable<History['sightings']>[number] {
  return { subscription: 's', values, mayRepeat }
}

describe('the history checker', () => {
  it.each(planted)('names what is %s', (kind, history) => {
    expect(kinds(history)).toContain(kind)
  })

  it('has a planted history for every anomaly it knows', () => {
    expect([...new Set(planted.map(([kind]) => kind))].toSorted()).toEqual(Object.keys(ANOMALIES).toSorted())
  })

  it('has nothing to say of what is in order', () => {
    expect(
      checkHistory({
        appends: [
          append(0, 2, 'a', 'b'),
          { ...append(1, 3, 'c'), length: 3 },
          { ...append(4, 9, 'd'), outcome: 'failed' },
        ],
        reads: [read(0, 1), read(1, 3, 'a', 'b'), read(4, 9, 'a', 'b', 'c')],
        log: ['a', 'b', 'c'],
        sightings: [seen(false, 'a', 'b', 'c'), seen(true, 'a', 'b', 'a', 'b', 'c')],
      }),
    ).toEqual([])
  })

  it('finds nothing wrong with a list that does one thing at a time', () => {
    const script = fc.array(fc.record({ reads: fc.boolean(), size: fc.integer({ min: 1, max: 3 }), wait: fc.nat(3) }))
    fc.assert(
      fc.property(script, (steps) => {
        const appends: AppendSeen[] = []
        const reads: ReadSeen[] = []
        const values: string[] = []
        let now = 0
        for (const { reads: isRead, size, wait } of steps) {
          const from = now
          now += wait
          if (isRead) reads.push(read(from, now, ...values))
          else {
            const added = Array.from({ length: size }, (_, i) => `${values.length + i}`)
            values.push(...added)
            appends.push({ ...append(from, now, ...added), length: values.length })
          }
          now++
        }
        expect(checkHistory({ appends, reads })).toEqual([])
      }),
    )
  })
})
