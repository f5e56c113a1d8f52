import { describe, expect, it } from 'vitest'
import { hunt } from '../hunt.ts'
import { huntText } from '../hunt-text.ts'
import { sagaHunt } from './saga-hunt.ts'

describe('the hunt for the saga of the library', () => {
  it('finds nothing in 500 seeds, and meets every kind of fault', { timeout: 180_000 }, async () => {
    const report = await hunt(sagaHunt(), { seeds: 500 })
    expect(huntText(report)).toContain('saga: holds with 500 seeds')
    expect(report.never).toEqual([])
  })

  it('leaves the same trace for the same seeds', async () => {
    const first = await hunt(sagaHunt(), { seeds: 5, firstSeed: 11 })
    expect(await hunt(sagaHunt(), { seeds: 5, firstSeed: 11 })).toEqual(first)
  })
})
