import { describe, expect, it } from 'vitest'
import { hunt } from '../hunt.ts'
import { huntText } from '../hunt-text.ts'
import { eventsHunt } from './events-hunt.ts'

describe('the hunt for the events of the library', () => {
  it('finds nothing in 500 seeds, and meets every kind of fault', { timeout: 180_000 }, async () => {
    const report = await hunt(eventsHunt(), { seeds: 500 })
    expect(huntText(report)).toContain('events: holds with 500 seeds')
    expect(report.never).toEqual([])
  })

  it('leaves the same trace for the same seeds', async () => {
    const first = await hunt(eventsHunt(), { seeds: 5, firstSeed: 11 })
    expect(await hunt(eventsHunt(), { seeds: 5, firstSeed: 11 })).toEqual(first)
  })
})
