import type { RunRecord } from 'watertight/simulation'
import type { Panel, Plot, PlotGroup } from './page-data.ts'
import { pipelineQuestions } from './pipeline-questions.ts'
import type { Question } from './question.ts'
import { routeQuestions } from './route-questions.ts'
import { folded, largest, points, stepsPerPoint } from './series.ts'
import { serviceQuestions } from './service-questions.ts'

const SECOND = 1_000

/** Everything a page plots of some runs of one scenario, a panel for each run: routes first, then services, then pipelines. */
export function plotGroups(records: readonly RunRecord[]): readonly PlotGroup[] {
  return [
    ...names(records, ({ routes }) => routes).map((name) => group(`Route ${name}`, records, routeQuestions(name))),
    ...names(records, ({ services }) => services).map((name) =>
      group(`Service ${name}`, records, serviceQuestions(name)),
    ),
    ...names(records, ({ pipelines }) => pipelines).map((name) =>
      group(`Pipeline ${name}`, records, pipelineQuestions(name, records)),
    ),
  ]
}

function names(records: readonly RunRecord[], of: (record: RunRecord) => object): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(of(record))))]
}

function group(title: string, records: readonly RunRecord[], questions: readonly Question[]): PlotGroup {
  const answered = questions.map((question) => ({ question, plot: answer(question, records) }))
  return {
    title,
    plots: answered.flatMap(({ plot }) => plot ?? []),
    quiet: answered.filter(({ plot }) => plot === undefined).map(({ question }) => question.title),
  }
}

/** The plot of a question; nothing where nothing of the kind happened in any run. */
function answer(question: Question, records: readonly RunRecord[]): Plot | undefined {
  const drawn = records.map((record) => {
    const width = stepsPerPoint(record.untilMs / record.stepMs)
    const curves = question.curves(record).map((made) => ({ ...made, steps: points(made.steps, width, made.kind) }))
    const busy = curves.some((made) => made.reference !== true && largest([made.steps]) > 0)
    return {
      curves: busy ? curves.filter((made) => largest([made.steps]) > 0) : [],
      rows: question.rows?.(record) ?? [],
      crashesS: question.crashes?.(record).map((atMs) => atMs / SECOND) ?? [],
    }
  })
  if (drawn.every(({ curves, rows }) => curves.length === 0 && rows.length === 0)) return undefined
  return {
    title: question.title,
    note: question.note,
    unit: question.unit,
    log: question.log ?? false,
    most: largest(drawn.flatMap(({ curves }) => curves.map(({ steps }) => steps))),
    panels: drawn.map(
      ({ curves, rows, crashesS }, run): Panel => ({
        run,
        lines: curves.map(({ label, style, steps }) => ({ label, style, values: folded(steps) })),
        rows,
        crashesS,
      }),
    ),
  }
}
