import { describe, expect, it } from 'vitest'
import { hunt } from '../hunt.ts'
import { huntText } from '../hunt-text.ts'
import { readModelsHunt } from './read-models-hunt.ts'

describe('the hunt for the read models of the library', () => {
  it('finds nothing in 300 seeds, and meets every kind of fault', { timeout: 180_000 }, async () => {
    const report = await hunt(readModelsHunt(), { seeds: 300 })
    expect(huntText(report)).toContain('read-models: holds with 300 seeds')
    expect(report.never).toEqual([])
  })

  it('leaves the same trace for the same seeds', async () => {
    const first = await hunt(readModelsHunt(), { seeds: 3, firstSeed: 11 })
    expect(await hunt(readModelsHunt(), { seeds: 3, firstSeed: 11 })).toEqual(first)
  })
})
