import { describe, expect, it } from 'vitest'
import { scenario } from 'watertight/simulation'
import { rehearsalOf } from './rehearsal.ts'

const options = { pool: 1, queue: 5 }
const day = scenario('a long day', { options }, () => {
  throw new Error('it ran')
})
const plan = { configurations: [{ name: 'protected', options }], seeds: [1], control: true } as const

describe('a rehearsal', () => {
  it.each([
    { sweep: 'pol=1..3' },
    { grid: ['pool=1..3', 'pol=1..3'] },
    { sweep: 'pol=1..3', grid: ['pool=1..3', 'queue=1..3'] },
  ] as const)('refuses %j before it runs anything: a long day is not lived through for a slip', async (search) => {
    await expect(rehearsalOf(day, { ...plan, ...search }, () => {})).rejects.toThrow(/^pol: .*pool, queue$/)
  })
})
