import { describe, expect, it } from 'vitest'
import { TurnQueue } from './turn-queue.ts'

const setUp = (): { turns: TurnQueue; scheduled: (() => void)[]; reported: unknown[]; log: string[] } => {
  const scheduled: (() => void)[] = []
  const reported: unknown[] = []
  const turns = new TurnQueue(
    (run) => scheduled.push(run),
    (error) => reported.push(error),
  )
  return { turns, scheduled, reported, log: [] }
}

describe('TurnQueue', () => {
  it('runs all that waits in one turn, in order', () => {
    const { turns, scheduled, log } = setUp()
    turns.add(() => log.push('first'))
    turns.add(() => log.push('second'))
    expect([scheduled.length, log]).toEqual([1, []])
    scheduled[0]?.()
    expect(log).toEqual(['first', 'second'])
  })

  it('leaves what is added meanwhile for the next turn', () => {
    const { turns, scheduled, log } = setUp()
    turns.add(() => turns.add(() => log.push('next turn')))
    scheduled[0]?.()
    expect([scheduled.length, log]).toEqual([2, []])
    scheduled[1]?.()
    expect(log).toEqual(['next turn'])
  })

  it('runs nothing twice when it was run ahead of its turn', () => {
    const { turns, scheduled, log } = setUp()
    turns.add(() => log.push('once'))
    turns.run()
    scheduled[0]?.()
    expect(log).toEqual(['once'])
    turns.add(() => log.push('later'))
    expect(scheduled).toHaveLength(2)
  })

  it('reports what a callback throws, and runs the rest', () => {
    const { turns, scheduled, reported, log } = setUp()
    const failure = new Error('a broken callback')
    turns.add(() => {
      throw failure
    })
    turns.add(() => log.push('ran'))
    scheduled[0]?.()
    expect([reported, log]).toEqual([[failure], ['ran']])
  })
})
