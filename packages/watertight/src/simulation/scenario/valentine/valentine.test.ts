import { describe, expect, it } from 'vitest'
import { rehearse } from '../rehearse.ts'
import type { RunRecord } from '../run-record.ts'
import { valentine } from './valentine.ts'
import { valentineUnprotected } from './valentine-options.ts'

const failedOf = ({ verdict }: RunRecord): readonly string[] =>
  verdict.conditions.filter(({ held }) => !held).map(({ name }) => name)

/** Share of the orders of the last minute that succeed, seven minutes after the spike. */
const goodputAtTheEnd = ({ routes }: RunRecord): number => {
  const lastMinute = (series: readonly number[] = []): number => series.slice(-60).reduce((a, b) => a + b)
  return lastMinute(routes['order']?.succeeded) / lastMinute(routes['order']?.offered)
}

describe("Valentine's Day", () => {
  it('is contained by a short queue, a retry budget, deadlines and a throttle', async () => {
    const run = await rehearse(valentine({ scale: 0.04 }), { control: false })
    expect(failedOf(run)).toEqual([])
    expect(run.services['payment']?.crashes).toEqual([])
    expect(run.routes['browse']?.totals.failed).toBe(0)
  })

  it('stays broken without protection, long after the spike', async () => {
    const run = await rehearse(valentine({ scale: 0.02 }), { configuration: 'control' })
    expect(failedOf(run)).toEqual([
      'goodput at the peak',
      'recovery after it',
      'attempts for each request',
      'crashes',
      'longest queue',
      'p99 of what succeeded',
    ])
    expect(goodputAtTheEnd(run)).toBeLessThan(0.35)
    expect(run.services['payment']?.crashes.length).toBeGreaterThan(40)
  })

  // Half the height for ten seconds: that is enough, and simulated sooner.
  const smallSpike = { ...valentineUnprotected, day: { peak: 8_000, hold: '10s' } } as const
  it.each([
    ['without any protection', {}],
    ['with jitter alone', { jitter: 0.5 }],
    ['with shorter timeouts alone', { attemptTimeout: '2s' }],
  ] as const)('stays broken after a small spike, too, %s', async (_, changed) => {
    const options = { ...smallSpike, payments: { ...smallSpike.payments, ...changed } }
    const run = await rehearse(valentine({ scale: 0.02 }), { options, control: false })
    expect(goodputAtTheEnd(run)).toBeLessThan(0.35)
    expect(run.services['payment']?.crashes.length).toBeGreaterThan(40)
  })

  it('gives the same trace for the same seed', async () => {
    const [first, again] = [
      await rehearse(valentine({ scale: 0.02 }), { control: false }),
      await rehearse(valentine({ scale: 0.02 }), { control: false }),
    ]
    expect(again.traceHash).toBe(first.traceHash)
    expect(again).toEqual(first)
  })

  it('keeps its proportions at every scale', async () => {
    const offered = async (scale: number): Promise<number> => {
      const quiet = { ...valentineUnprotected, day: { peak: 1_000, hold: '1s' } }
      const run = await rehearse(valentine({ scale }), { options: quiet, control: false })
      return (run.routes['order']?.totals.offered ?? 0) / scale
    }
    expect((await offered(0.02)) / 600_000).toBeCloseTo(1, 1)
    expect((await offered(0.05)) / 600_000).toBeCloseTo(1, 1)
  })

  it.each([0, 0.01, Number.NaN, 11])('refuses a scale of %s', (scale) => {
    expect(() => valentine({ scale })).toThrow(/scale must be a number from 0\.02 to 10/)
  })
})
