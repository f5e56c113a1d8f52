import { describe, expect, it } from 'vitest'
import { containedRecord, figures } from './planted-record.fixture.ts'
import type { IncidentRecord, RunRecord } from './record.ts'
import { comparison, report } from './report.ts'
import { judge } from './verdict.ts'

const plain = (_: unknown, text: string): string => text

function judged(changes: Partial<RunRecord> = {}): IncidentRecord {
  const record = containedRecord(changes)
  return { ...judge(record), ...record }
}

describe('the report', () => {
  it('begins with the verdict, and says what was lost and where the failure went', () => {
    const lines = report(judged(), plain).split('\n')
    expect(lines[0]).toBe('CONTAINED (protected): payments failed, and nothing else did.')
    expect(lines).toContain('lost      nothing; nobody was charged twice or after a refusal; stock and money add up')
    expect(lines).toContain(
      'spread    orders only: 98.0% acknowledged in the spike; browse, search and sign-in went on',
    )
  })

  it('is read in ten seconds: fewer than 20 lines of at most 120 characters', () => {
    const lines = report(judged(), plain).split('\n')
    expect(lines.length).toBeLessThan(20)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120)
  })

  it('has one row a route and one column a phase', () => {
    const rows = report(judged(), plain).split('\n')
    expect(rows.find((row) => row.startsWith('browse'))).toBe(
      'browse    100.0%  4.0 / 10      100.0%  4.0 / 10      100.0%  4.0 / 10',
    )
  })

  it('shows an infinite latency as such', () => {
    const { phases } = containedRecord()
    const spike = { ...phases['spike'], browse: figures(100, { success: 0.5, p99: null }) }
    expect(report(judged({ phases: { ...phases, spike: spike as RunRecord['phases'][string] } }), plain)).toContain(
      '50.0%  4.0 / ∞',
    )
  })

  it('gives the reasons when it was not contained, and the findings of the audit', () => {
    const { audit } = containedRecord()
    const text = report(
      judged({
        lost: 1,
        audit: {
          ...audit,
          findings: [{ kind: 'LOST_ORDER', orderId: '7', text: 'order 7: the shop does not know the order' }],
        },
      }),
      plain,
    )
    expect(text).toContain('NOT CONTAINED (protected)\n  - 1 accepted orders are lost')
    expect(text).toContain('lost      1 orders; 0 charged twice; 0 charged after a refusal; 1 findings in all')
    expect(text).toContain('LOST_ORDER order 7: the shop does not know the order')
  })

  it('shortens a long list of findings', () => {
    const { audit } = containedRecord()
    const findings = Array.from({ length: 500 }, (_, index) => ({
      kind: 'STOCK_LEAK' as const,
      text: `article ${index}`,
    }))
    const text = report(judged({ audit: { ...audit, findings } }), plain)
    expect(text).toContain('… and 490 more')
    expect(text).not.toContain('article 20')
  })

  it('says what is inconclusive, and why', () => {
    expect(report(judged({ lateness: { p50: 1, p99: 40, max: 90 } }), plain)).toMatch(
      /^INCONCLUSIVE: MACHINE BUSY \(protected\)\n {2}- requests were sent late: p99 40.0 ms/,
    )
  })
})

describe('the comparison', () => {
  const other = judged({ protection: 'unprotected', accepted: 100, unfinished: 90 })

  it('shows both days side by side, the same schedule, and the one difference', () => {
    const text = comparison(judged(), other, plain)
    expect(text).toMatch(/orders accepted +2250 of 2300 +100 of 2300/)
    expect(text).toContain(`Both days had the same schedule: ${'a'.repeat(64)}`)
    expect(text).toContain('  acknowledgeWithin: "300ms" | "30s"')
  })

  it('says so when the schedules differ', () => {
    expect(comparison(judged(), { ...other, scheduleHash: 'b' }, plain)).toContain('The schedules differ')
  })

  it('is honest about the second control', () => {
    expect(comparison(judged(), other, plain)).toContain('hardly hurts browse in Node')
  })
})
