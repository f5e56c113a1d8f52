import { describe, expect, it } from 'vitest'
import { makeIds } from './id.ts'
import { makeRandomWords } from './random-words.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const HOUR = 3_600_000

const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

const setUp = (words: () => number = makeRandomWords()): { clock: { time: number }; id: () => string } => {
  const clock = { time: 1_707_868_800_000 }
  return { clock, id: makeIds(() => clock.time, words) }
}

const rising = (ids: readonly string[]): boolean => ids.every((id, i) => i === 0 || id > (ids[i - 1] ?? ''))

describe('makeIds', () => {
  it('makes UUIDs of version 7, with the time in front', () => {
    const { clock, id } = setUp()
    const one = id()
    expect(one).toMatch(UUID_V7)
    expect(timeOf(one)).toBe(clock.time)
  })

  it('rises within a millisecond', () => {
    const { id } = setUp()
    const ids = Array.from({ length: 10_000 }, id)
    expect(rising(ids)).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('rises, and stays unique, when the wall clock steps back an hour', () => {
    const { clock, id } = setUp()
    const ids: string[] = []
    for (const step of [1, 1, -HOUR, 1, 1, 0, HOUR, -1, 2]) {
      clock.time += step
      ids.push(id(), id())
    }
    expect(rising(ids)).toBe(true)
    expect(ids.every((one) => UUID_V7.test(one))).toBe(true)
  })

  it('moves the time on when it has counted to the end', () => {
    const { id, clock } = setUp(() => 2 ** 32 - 1)
    const first = id()
    expect(first.slice(14)).toBe('77ff-bfff-ffffffffffff')
    expect(rising([first, id(), id()])).toBe(true)
    expect(timeOf(id())).toBe(clock.time)
  })

  it('is right at the ends of its range of times', () => {
    const { clock, id } = setUp()
    for (const time of [0, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1]) {
      clock.time = time
      expect(id()).toMatch(UUID_V7)
    }
    const ancient = makeIds(() => -1, makeRandomWords())
    expect(timeOf(ancient())).toBe(0)
  })

  it('differs between two runtimes at the same time', () => {
    expect(setUp().id()).not.toBe(setUp().id())
  })
})
