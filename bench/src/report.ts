import { type Figure, isMet } from './suite.ts'

/** The figures of one suite, as one JSON document. */
export function asJson(suite: string, figures: readonly Figure[]): string {
  return JSON.stringify(
    {
      suite,
      node: process.version,
      figures: figures.map((figure) => {
        const { name, value, unit } = figure
        return { name, value: rounded(value), unit, goal: goalOf(figure) ?? null, met: isMet(figure) ?? null }
      }),
    },
    null,
    2,
  )
}

/** The figures of one suite, as a table for people. */
export function asTable(suite: string, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const met = isMet(figure)
    const verdict = met === undefined ? '' : met ? 'met' : 'MISSED'
    return [figure.name, `${rounded(figure.value)} ${figure.unit}`, goalOf(figure) ?? '', verdict]
  })
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [`${suite} on Node ${process.version}`, ...lines].join('\n')
}

function goalOf({ goal }: Figure): string | undefined {
  if (goal === undefined) return undefined
  return 'atMost' in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
