import type { PipelineSeries, RunRecord } from 'watertight/simulation'
import type { BandRow } from './page-data.ts'
import { about, byCause, curve, type Question, STYLE, turn } from './question.ts'

const SECOND = 1_000

/** What is asked of one pipeline. */
export function pipelineQuestions(name: string, records: readonly RunRecord[]): readonly Question[] {
  const of = about(({ pipelines }) => pipelines[name])
  const limits = new Set(records.flatMap((record) => record.pipelines[name]?.limits.map((limit) => limit.name) ?? []))
  return [
    {
      title: 'Circuit breakers',
      note: 'Open (close hatching): calls are refused at once. Half-open (wide hatching): few are let through, to try.',
      unit: '',
      curves: () => [],
      rows: (record) => record.pipelines[name]?.breakers.map(breakerRow) ?? [],
    },
    ...[...limits].map(
      (limitName): Question => ({
        title: `Limit against in flight: ${limitName}`,
        note: 'Where the two touch, calls wait or are refused.',
        unit: '',
        curves: of((pipeline) =>
          pipeline.limits.flatMap((limit) =>
            limit.name === limitName
              ? [
                  { ...curve('limit', STYLE.asked, limit.limit, 'gauge'), reference: true },
                  curve('in flight', STYLE.good, limit.inFlight, 'gauge'),
                  curve('waiting', STYLE.bad, limit.queued, 'worst'),
                ]
              : [],
          ),
        ),
      }),
    ),
    {
      title: 'Budget tokens',
      note: 'Each retry spends one, each success earns a part of one. An empty budget keeps a storm from growing.',
      unit: '',
      curves: of((pipeline) =>
        pipeline.budgets.map((budget, index) => curve(budget.name, turn(index), budget.tokens, 'gauge')),
      ),
    },
    {
      title: 'Refused by policies, by cause',
      note: 'Calls that never reached the dependency.',
      unit: '/s',
      curves: of((pipeline, rate) => byCause(pipeline.refusals, rate)),
    },
  ]
}

function breakerRow({ name, bands }: PipelineSeries['breakers'][number]): BandRow {
  return {
    label: name,
    bands: bands.map(({ fromMs, toMs, state }) => ({ fromS: fromMs / SECOND, toS: toMs / SECOND, state })),
  }
}
